import gzip
import re

import polib
import pytest

from samspil.look import build

TRANSLATED = re.compile(r"""{% translate (?:"([^"]+)"|'([^']+)') %}""")
BLOCKS = re.compile(r"{% blocktranslate[^%]*%}(.*?){% endblocktranslate %}", re.DOTALL)
PALETTE = re.compile(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)")


def page(client, query=""):
    answer = client.get(f"/look/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("query", ["", "?page=desk", "?page=bare"])
def test_the_gallery_obeys_the_strict_policy(client, query):
    drawn = page(client, query)
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", drawn)
    assert "javascript:" not in drawn


@pytest.mark.parametrize("address", ["/look/", "/look/palette", "/look/suggestions"])
def test_the_gallery_is_not_served_to_others(look_alone, address):
    from django.test import Client

    look_alone.DEBUG = False
    assert Client().get(address).status_code == 404


def test_ids_stand_once(client):
    for query in ("", "?page=desk", "?page=bare"):
        ids = re.findall(r'\sid="([^"]+)"', page(client, query))
        assert sorted(ids) == sorted(set(ids))


def test_the_shell_speaks_the_language_asked_for(client):
    danish = client.get("/look/", headers={"Accept-Language": "da"}).content.decode()
    english = client.get("/look/", headers={"Accept-Language": "en"}).content.decode()
    assert '<html lang="da"' in danish
    assert "Spring til indhold" in danish
    assert '<html lang="en"' in english
    assert "Skip to content" in english


def test_the_first_load_is_under_120_kilobytes(client):
    html = gzip.compress(page(client, "?page=desk").encode())
    files = [
        "look.css.br",
        "look.js.br",
        "htmx.min.js.br",
        "icons.svg.br",
        "fonts/hanken-grotesk.woff2",
        "fonts/newsreader-500.woff2",
    ]
    assert sum((build.OUT / name).stat().st_size for name in files) + len(html) < 120_000


def test_every_text_has_its_danish():
    catalogue = polib.pofile(str(build.HERE / "locale/da/LC_MESSAGES/django.po"))
    danish = {entry.msgid: entry.msgstr for entry in catalogue if not entry.fuzzy}
    wanted = set()
    for path in (build.HERE / "templates").rglob("*.html"):
        text = path.read_text()
        wanted |= {double or single for double, single in TRANSLATED.findall(text)}
        wanted |= {re.sub(r"{{ (\w+) }}", r"%(\1)s", block) for block in BLOCKS.findall(text)}
    assert {text for text in wanted if not danish.get(text)} == set()
    compiled = polib.mofile(str(build.HERE / "locale/da/LC_MESSAGES/django.mo"))
    assert {entry.msgid: entry.msgstr for entry in compiled} == {k: v for k, v in danish.items() if v}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(letter * 2 for letter in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TOKENS = {name: (light, dark) for name, light, dark in PALETTE.findall((build.HERE / "css/03-tokens.css").read_text())}
GROUNDS = ["paper", "surface", "raised", "sunken", "hover"]
PAIRS = [
    *[(ink, ground, 4.5) for ink in ("ink", "ink-2", "ink-3", "us", "them", "between", "error") for ground in GROUNDS],
    *[(ink, f"{tone}-soft", 4.5) for tone in ("us", "them", "note", "between") for ink in ("ink", "ink-2", "ink-3", tone)],
    *[(state, f"{state}-soft", 4.5) for state in ("ok", "error")],
    *[("note", ground, 4.5) for ground in ("surface", "raised")],
    *[("ok", ground, 4.5) for ground in ("surface", "raised")],
    ("us", "note-soft", 4.5),
    ("us", "them-soft", 4.5),
    ("on-us", "us", 4.5),
    ("paper", "ink", 4.5),
    *[("control", ground, 3.0) for ground in ("surface", "raised", "paper")],
    *[("us-fill", ground, 3.0) for ground in ("surface", "raised")],
]


@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_contrast(text, ground, least, theme):
    assert contrast(TOKENS[text][theme], TOKENS[ground][theme]) >= least


DOMAIN = re.compile(r"\b(conversation|consumer|colleague|customer|ticket|agent|interaction|envelope)s?\b", re.IGNORECASE)


def test_the_look_knows_no_word_of_the_domain():
    found = {
        f"{path.name}: {word}"
        for folder in ("css", "js", "templates", "templatetags")
        for path in (build.HERE / folder).rglob("*.*")
        if path.suffix in {".css", ".js", ".html", ".py"}
        for word in DOMAIN.findall(path.read_text())
    }
    assert found == set()
