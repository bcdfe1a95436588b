"""The script is what its sources say and small; the page to try it is for colleagues and clean under its policy."""

import gzip
import importlib
import re
from uuid import uuid4

import polib
import pytest

from samspil.intake.actions import connect
from samspil.organisation.actions import found, take_in
from samspil.screens.widget import build

HERE = build.HERE


def test_the_script_is_built_from_its_sources_and_small():
    text = build.built()
    assert build.OUT.read_text() == text
    packed = build.OUT.with_name("chat.js.gz").read_bytes()
    assert gzip.decompress(packed).decode() == text
    assert importlib.import_module("brotli").decompress(build.OUT.with_name("chat.js.br").read_bytes()).decode() == text
    assert len(packed) < 25_000


def test_the_script_never_reads_markup_or_evaluates():
    text = build.built()
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc", text) == []


def test_both_languages_have_every_word():
    text = (HERE / "js" / "words.js").read_text()
    danish, english = text.split("  en: {")
    names = [set(re.findall(r"^    (\w+):", part, re.MULTILINE)) for part in (danish, english)]
    assert names[0] == names[1]
    assert len(names[0]) == 57
    used = set()
    for path in (HERE / "js").glob("*.js"):
        used |= set(re.findall(r"\bwords\.(?!js\b)(\w+)", path.read_text()))
    assert used <= names[0]


def test_every_text_of_the_page_has_its_danish():
    catalogue = {e.msgid: e.msgstr for e in polib.pofile(str(HERE / "locale/da/LC_MESSAGES/django.po"))}
    wanted: set[str] = set()
    for path in (HERE / "templates").rglob("*.html"):
        text = path.read_text()
        wanted |= set(re.findall(r'{% translate "([^"]+)" %}', text))
        wanted |= {
            re.sub(r"{{ (\w+) }}", r"%(\1)s", b) for b in re.findall(r"{% blocktranslate[^%]*%}(.*?){% endblocktranslate", text)
        }
    assert wanted == set(catalogue)
    assert all(catalogue.values())
    compiled = {e.msgid: e.msgstr for e in polib.mofile(str(HERE / "locale/da/LC_MESSAGES/django.mo"))}
    assert compiled == catalogue


@pytest.mark.django_db
def test_the_page_is_for_colleagues_and_lets_the_script_in(client):
    found(name="Havblik")
    jonas = take_in(email="jonas@firma.example", name="Jonas Lund", password="cykelkurv-i-sol")
    account = connect(channel="webchat", name="Havblik <chat>", config={})
    address = f"/widget/try/{account.pk}"
    assert client.get(address).status_code == 302
    client.force_login(jonas, backend="samspil.organisation.ui.backend.WithRole")
    answer = client.get(address, headers={"host": "localhost:8000"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f'<script src="http://localhost:8001/widget/chat.js" data-account="{account.pk}" defer></script>' in text
    assert "Havblik &lt;chat&gt;" in text
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["script-src"] == "'self' http://localhost:8001"
    assert "http://localhost:8001" in policy["connect-src"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert client.get(f"/widget/try/{uuid4()}").status_code == 404
