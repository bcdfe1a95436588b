"""Which kinds of evidence there are: the comparisons of handles, and those of the columns of any file.

The m and u written here are where training begins and what a small base falls back on; those of a trained model stand in the model.
"""

from collections.abc import Collection

from samspil.identity.rules.compare import (
    EXTRA,
    All,
    Close,
    Comparison,
    Crossed,
    In,
    Known,
    Level,
    Not,
    Points,
    Same,
    Shares,
    Some,
    Wraps,
)

_NAMED_ALIKE = Some(Same("name_key"), Shares("words", 2, whole=True), Same("joined"), Same("nick_key"))
_WHOLE = All(Some(In("login", "forms"), In("login_stem", "forms"), All(Not(Known("nick_key")), Wraps())), Not(_NAMED_ALIKE))
_SHORT = All(Some(In("login", "shorts"), In("login_stem", "shorts")), Not(Same("init_key")), Not(_NAMED_ALIKE))
_SHOWN = All(Crossed("word", "login"), Not(Same("word")))
_OWN_DOMAIN = In("login_free", "orgs")
_FIRST_NAMES_DIFFER = All(
    Not(Same("name_key")), Known("nick_key"), Not(Same("given")), Not(Same("nick_key")), Not(Close("given", 1))
)

NAME = Comparison(
    "name",
    Not(Known("words")),
    [
        Level("other middle name", All(Same("name_key"), Known("middles"), Not(Shares("middles"))), 0.01, 1e-5, "name_key"),
        Level("same", Same("name_key"), 0.62, 1e-5, "name_key"),
        Level("same letters", Same("joined"), 0.03, 1e-5, "joined"),
        Level("part of the other", Shares("words", 2, whole=True), 0.04, 1e-5, "name_key"),
        Level("short form", Same("nick_key"), 0.03, 1e-5, "nick_key"),
        Level("spelled differently", Some(Close("joined", 1, 8), Close("joined", 2, 13)), 0.04, 2e-6, "nick_key"),
        Level("first names close", All(Same("surname"), Close("given", 1, 4)), 0.01, 2e-6, "nick_key"),
        Level("initial", All(Same("init_key"), Not(Known("nick_key"))), 0.03, 1e-4, "init_key"),
        Level("surnames close", All(Same("given"), Some(Close("surname", 1, 5), Close("surname", 2, 8))), 0.01, 5e-6, "nick_key"),
        Level("two words", All(Shares("words", 2), In("surname", "words")), 0.01, 2e-6),
        Level("only name", Same("word"), 0.02, 1e-4, "word"),
        Level("one of the names", In("word", "words"), 0.03, 1e-3, "word"),
        Level("written together", Some(In("word", "forms"), In("word", "shorts")), 0.02, 1e-5, "word"),
        Level("nickname", Known("word", either=True), 0.08, 0.12),
        Level("same surname", Same("surname"), 0.004, 1e-3),
        Level("same first name", Some(Same("given"), Same("surname")), 0.012, 6e-3),
        Level("different", None, 0.03, 0.87),
    ],
    "display",
)
USER = Comparison(
    "login",
    Some(Not(Known("login")), All(Same("login"), Not(Known("login_free", either=True)))),
    [
        Level("same", Same("login_free"), 0.30, 1e-5, "login"),
        Level("same, a name's", Same("login"), 0.06, 2e-5, "login"),
        Level("same but for a number", All(Same("login_stem"), Known("login_free", either=True)), 0.03, 5e-5, "login_stem"),
        Level("looks alike", Same("login_skeleton"), 5e-7, 1e-6, fixed=True),
        Level("close", All(Known("login_free", either=True), Some(Close("login", 1, 7), Close("login", 2, 11))), 0.02, 2e-5),
        Level("different", None, 0.59, 0.98),
    ],
    "at",
)
USER_OF_NAME = Comparison(
    "user of name",
    Some(Same("login"), Same("login_stem"), Not(Some(_SHOWN, _OWN_DOMAIN, _WHOLE, _SHORT))),
    [
        Level("name is the user name", _SHOWN, 0.05, 1e-5, "word"),
        Level("whole name", _WHOLE, 0.05, 1e-5, "joined"),
        Level("domain is the user name", _OWN_DOMAIN, 0.02, 1e-5, "login"),
        Level("initial and surname", _SHORT, 0.05, 2e-4, "login_stem"),
        Level("none", None, 0.5, 0.5),
    ],
    "at",
    fixed=True,
)
SAME_MADE = Comparison(
    "user made of the name",
    Not(All(Same("login"), Not(Known("login_free", either=True)), _NAMED_ALIKE)),
    [Level("same", Same("login"), 0.3, 0.1), Level("none", None, 0.5, 0.5)],
    "login",
    fixed=True,
)
SAME_HANDLE = Comparison(
    "handle",
    Not(Shares("selves")),
    [Level("the same", Shares("selves"), 0.98, 1e-7), Level("another", None, 0.02, 1.0)],
    "selves",
    fixed=True,
)
LINKS = Comparison(
    "links",
    Not(Points()),
    [Level("each names the other", Points(both=True), 0.1, 1e-7), Level("one names the other", None, 0.1, 5e-5)],
    "links",
    fixed=True,
)
COMPANY = Comparison(
    "company",
    Not(Known("orgs")),
    [
        Level("colleagues with other names", All(Same("domain"), _FIRST_NAMES_DIFFER), 0.002, 5e-3),
        Level("same domain", Same("domain"), 0.10, 5e-3, "domain"),
        Level("same", Shares("orgs"), 0.10, 5e-3),
        Level("different", None, 0.80, 0.99),
    ],
    "orgs",
)
PHONE = Comparison(
    "phone", Not(Known("phones")), [Level("same", Shares("phones"), 0.75, 1e-6), Level("different", None, 0.25, 1.0)], "phones"
)
IDS = Comparison(
    "number", Not(Known("ids")), [Level("same", Shares("ids"), 0.5, 1e-6), Level("different", None, 0.5, 1.0)], "ids"
)
AVATAR = Comparison(
    "picture", Not(Known("avatar")), [Level("same", Same("avatar"), 0.4, 1e-4), Level("different", None, 0.6, 1.0)], "avatar"
)
STREET = Comparison(
    "street",
    Not(Known("street")),
    [
        Level("same", Same("street"), 0.7, 1e-4, "street"),
        Level("close", Some(Close("street", 2, 8), Close("street", 1, 5)), 0.1, 1e-4),
        Level("different", None, 0.2, 1.0),
    ],
    "street",
)
POSTCODE = Comparison(
    "postcode",
    Not(Known("postcode")),
    [
        Level("same", Same("postcode"), 0.7, 1e-3, "postcode"),
        Level("close", Close("postcode", 1, 4), 0.1, 5e-3),
        Level("same area", Same("area"), 0.1, 1e-2, "area"),
        Level("different", None, 0.1, 0.98),
    ],
    "postcode",
)
PLACE = Comparison(
    "place",
    Not(Known("place")),
    [
        Level("same", Same("place"), 0.7, 1e-2, "place"),
        Level("close", Close("place", 2, 6), 0.1, 5e-3),
        Level("different", None, 0.2, 0.98),
    ],
    "place",
)
BORN = Comparison(
    "born",
    Not(Known("born")),
    [
        Level("same", Same("born"), 0.8, 1e-4, "born"),
        Level("one digit", Close("born", 1, 6), 0.1, 1e-3),
        Level("digits exchanged", Same("born_digits"), 0.02, 1e-3),
        Level("two digits", Close("born", 2, 6), 0.03, 2e-2),
        Level("different", None, 0.05, 0.98),
    ],
    "born",
)
GENDER = Comparison(
    "gender", Not(Known("gender")), [Level("same", Same("gender"), 0.97, 0.5), Level("different", None, 0.03, 0.5)], "gender"
)
JOB = Comparison(
    "job", Not(Known("job")), [Level("same", Same("job"), 0.7, 0.03, "job"), Level("different", None, 0.3, 0.97)], "job"
)
LANGUAGES = Comparison(
    "language",
    Not(Known("languages")),
    [Level("shared", Shares("languages"), 0.95, 0.6), Level("different", None, 0.05, 0.4)],
    "languages",
)
HOURS = Comparison(
    "hours of the day",
    Not(Known("hours")),
    [
        Level("many shared", Shares("hours", 4), 0.5, 0.3),
        Level("some shared", Shares("hours"), 0.45, 0.55),
        Level("none", None, 0.05, 0.15),
    ],
    "hours",
    fixed=True,
)
TWO_PLACES = Comparison(
    "two places at once",
    Not(Shares("seen_hours")),
    [Level("the same place", Shares("seen"), 0.95, 0.05), Level("two places at once", None, 0.02, 0.5)],
    "seen",
    fixed=True,
)

SURNAME = Comparison(
    "surname",
    Some(Not(Known("words")), All(Not(Known("surname")), Not(In("word", "words")))),
    [
        Level("same", Same("surname"), 0.65, 1e-3, "surname"),
        Level("close", Close("surname", 1, 4), 0.1, 1e-3),
        Level("rather close", Close("surname", 2, 6), 0.05, 2e-3),
        Level("exchanged with the first name", Some(Crossed("surname", "given"), In("word", "words")), 0.05, 1e-2),
        Level("another of the names", In("surname", "words"), 0.05, 2e-3),
        Level("different", None, 0.1, 0.98),
    ],
    "surname",
)
GIVEN = Comparison(
    "first name",
    Not(Known("given")),
    [
        Level("same", Same("given"), 0.65, 1e-2, "given"),
        Level("short form", Same("first"), 0.1, 1e-2),
        Level("close", Close("given", 1, 4), 0.1, 1e-2),
        Level("another of the names", In("given", "words"), 0.03, 1e-2),
        Level("same initial", Same("initial"), 0.05, 6e-2),
        Level("different", None, 0.1, 0.9),
    ],
    "given",
)
OTHERS = Comparison(
    "other names",
    Not(Known("others")),
    [
        Level("several", Shares("others", 2), 0.3, 1e-3),
        Level("one", Shares("others"), 0.4, 1e-2),
        Level("none", None, 0.3, 0.98),
    ],
    "others",
)
HANDLES = (NAME, USER, USER_OF_NAME, SAME_MADE, SAME_HANDLE, LINKS, COMPANY, PHONE, IDS, AVATAR)
DETAILS = (STREET, POSTCODE, PLACE, BORN, GENDER, JOB, LANGUAGES, HOURS, TWO_PLACES)
STANDARD = HANDLES + DETAILS
PLAIN = (SURNAME, GIVEN, OTHERS, *STANDARD[1:])
"""For a file of persons without handles: given name and surname apart, since both may be misspelled."""


def extra(name: str) -> Comparison:
    """The comparison of a column of a file that has no meaning here: same (a rare value counts more), close, different."""
    column = f"{EXTRA}{name}"
    return Comparison(
        column,
        Not(Known(column)),
        [
            Level("same", Same(column), 0.7, 1e-2, column),
            Level("close", Some(Close(column, 1, 4), Close(column, 2, 8)), 0.1, 1e-2),
            Level("different", None, 0.2, 0.98),
        ],
        column,
    )


def comparisons(extras: Collection[str] = (), *, plain: bool = False) -> tuple[Comparison, ...]:
    """All comparisons: those of handles or of plain files of persons, and one for each extra column in the order of their names."""
    return (*(PLAIN if plain else STANDARD), *(extra(name) for name in sorted(extras)))
