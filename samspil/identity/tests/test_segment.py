import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from samspil.identity.rules.segment import FIELDS, All, Ask, Either, Not, Own, WrongFilter, read, words_of, write
from samspil.identity.rules.segment.fields import OPS
from samspil.identity.rules.segment.tree import DEEPEST, LONGEST, MOST

OWNS = [
    Own("club", "choice", "Klub", ("Guld", "Sølv")),
    Own("points", "number"),
    Own("name", "number"),
    Own("t-shirt", "text"),
    Own("navn", "text"),
    Own("Size", "text"),
    Own("not", "text"),
]
WORDS = words_of(OWNS)


@pytest.mark.parametrize(
    ("line", "written", "danish"),
    [
        ("", "", ""),
        ("network:mail", "network:mail", "netværk:mail"),
        (
            'network:mail and company:"Tryg Forsikring" and last_seen<30d and not dead',
            'network:mail and company:"Tryg Forsikring" and last_seen<30d and not dead',
            'netværk:mail og firma:"Tryg Forsikring" og sidst_set<30d og ikke død',
        ),
        ("NETVÆRK : mail OG (by=Århus eller by=Ry)", "network:mail and (city=Århus or city=Ry)", "netværk:mail og (by=Århus eller by=Ry)"),
        ("name:a name:b", "name:a and name:b", "name:a og name:b"),
        ("not (open or dead)", "not (open or dead)", "ikke (åben eller død)"),
        ("åben=nej", "open=no", "åben=nej"),
        ('city in (Ry, "Den, by")', 'city in (Ry, "Den, by")', 'by i (Ry, "Den, by")'),
        ("city not in (Ry)", "not city in (Ry)", "ikke by i (Ry)"),
        ("company missing or t-shirt exists", "company missing or t-shirt exists", "firma mangler eller t-shirt findes"),
        ("spent>=1.000,50dkk", "spent>=1000.5DKK", "brugt>=1000.5DKK"),
        ('last_seen>"2 uger" since<2å', "last_seen>2w and since<2y", "sidst_set>2u og siden<2å"),
        ('born<"1.5.1990" and born>1980', "born<1990-05-01 and born>1980-01-01", "født<1990-05-01 og født>1980-01-01"),
        ("club=guld points>3", "club=Guld and points>3", "club=Guld og points>3"),
        ('name:"and" name:i', 'name:"and" and name:"i"', 'name:"and" og name:"i"'),
        ("((network:mail))", "network:mail", "netværk:mail"),
        ("last_seen=today", "last_seen=0d", "sidst_set=0d"),
    ],
)  # fmt: skip
def test_a_line_is_read_and_written(line, written, danish):
    node = read(line, OWNS) if "1.000,50" not in line else read('spent>="1.000,50 dkk"', OWNS)
    assert write(node, OWNS) == written
    assert write(node, OWNS, "da") == danish
    assert read(written, OWNS) == read(danish, OWNS) == node


@pytest.mark.parametrize(
    ("line", "column", "kind", "got", "perhaps"),
    [
        ("compny:x", 1, "field", "compny", "company"),
        ("network:mail and netwrk:x", 18, "field", "netwrk", "network"),
        ("zzzzzz:x", 1, "field", "zzzzzz", ""),
        ("name:", 6, "end", "", ""),
        ("(name:x", 8, "end", "", ""),
        ("name:x)", 7, "word", ")", ""),
        ("name:x and", 11, "end", "", ""),
        ('name:"x', 6, "character", '"', ""),
        ("name>3", 5, "operator", ">", ""),
        ("last_seen<soon", 11, "value_date", "soon", ""),
        ("messages>many", 10, "value_number", "many", ""),
        ("spent>1000KRONER", 7, "value_amount", "1000KRONER", ""),
        ("open=perhaps", 6, "value_yes", "perhaps", ""),
        ("club=Bronze", 6, "value_choice", "Bronze", ""),
        ('name:""', 6, "value_empty", "name", ""),
        ("name", 5, "end", "name", "name:…"),
        ("(" * (DEEPEST + 1) + "open" + ")" * (DEEPEST + 1), DEEPEST + 1, "deep", "", ""),
        ("x" * (LONGEST + 1), LONGEST + 1, "long", "", ""),
        (" ".join(["open"] * (MOST + 1)), MOST * 5 + 1, "many", "", ""),
    ],
)
def test_an_error_says_where_and_what_was_meant(line, column, kind, got, perhaps):
    with pytest.raises(WrongFilter) as error:
        read(line, OWNS)
    assert (error.value.column, error.value.kind, error.value.got, error.value.perhaps) == (column, kind, got, perhaps)


words = st.text(max_size=20).filter(lambda t: t.replace("\x00", "").split())


def values_of(word, op):
    if word.kind in ("yes", "own_yes"):
        return st.sampled_from(["0", "1"])
    if word.kind in ("date", "time"):
        return st.one_of(st.dates().map(str), st.builds("{}{}".format, st.integers(0, 99999), st.sampled_from("dwmy")))
    if word.kind in ("number", "count"):
        return st.integers(-(10**9), 10**9).map(str)
    if word.kind == "amount":
        return st.builds("{}{}".format, st.integers(0, 10**9), st.sampled_from(["", " DKK", " EUR"]))
    if word.kind == "choice" and op != ":":
        return st.sampled_from(["Guld", "Sølv"])
    return words.map(lambda t: " ".join(t.replace("\x00", "").split()))


@st.composite
def asks(draw):
    word = WORDS[draw(st.sampled_from(sorted(WORDS)))]
    op = draw(st.sampled_from(OPS[word.kind]))
    if op in ("exists", "missing"):
        return Ask(word.name, op)
    several = draw(st.lists(values_of(word, op), min_size=1, max_size=3 if op == "in" else 1))
    return Ask(word.name, op, tuple(several))


def grown(inner):
    def of(kind):
        return st.lists(inner.filter(lambda n: not isinstance(n, kind)), min_size=2, max_size=3).map(lambda i: kind(tuple(i)))

    return st.one_of(inner.map(Not), of(All), of(Either))


@given(st.recursive(asks(), grown, max_leaves=8), st.sampled_from(["en", "da"]))
def test_what_is_written_is_read_as_the_same(node, language):
    line = write(node, OWNS, language)
    if len(line) <= LONGEST:
        assert read(line, OWNS) == node
        assert write(read(line, OWNS), OWNS, language) == line


pieces = st.sampled_from(
    [*FIELDS, ":", "=", "<", "(", ")", ",", '"', "and", "or", "not", "in", "30d", "mail", "\\", " ", "'", ";--", "\x00"]
)


@given(st.one_of(st.text(max_size=200), st.lists(pieces, max_size=30).map(" ".join), st.lists(pieces, max_size=30).map("".join)))
@example("not " * 500 + "open")
@example("(" * 2000)
@example('"' * 1999)
def test_any_text_is_read_or_told_what_is_wrong(text):
    wrong = node = None
    try:
        node = read(text, OWNS)
    except WrongFilter as error:
        wrong = error
    if wrong is not None:
        assert 1 <= wrong.column <= len(text) + 1
        assert str(wrong)
    else:
        assert read(write(node, OWNS), OWNS) == node


def test_an_own_attribute_never_hides_a_word_of_ours():
    assert (read("navn:x", OWNS), read("size:x", OWNS)) == (Ask("navn", ":", ("x",)), Ask("Size", ":", ("x",)))
    assert write(read("name:x and navn:x", OWNS), OWNS, "da") == "name:x og navn:x"
    assert "not" not in WORDS
    assert WORDS["name"].kind == "text"
    assert read("name:x", OWNS) == Ask("name", ":", ("x",))


def test_every_field_has_a_danish_name_of_its_own():
    names = [w.danish for w in FIELDS.values()]
    assert all(names)
    assert len({*names}) == len(names)
    assert not {*names} & {*FIELDS} - {"region"}
