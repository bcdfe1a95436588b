import gzip
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.templatetags.static import static

from samspil.look import assets

CSS = "look/look.css"


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


def content(name: str) -> bytes:
    return Path(finders.find(name)).read_bytes()


def test_a_name_carries_the_hash_of_its_content():
    assert assets.with_hash("look/look.css", b"") == "look/look.e3b0c44298.css"
    assert assets.with_hash("look/htmx.min.js", b"") == "look/htmx.min.e3b0c44298.js"


@pytest.mark.parametrize("autorefresh", [False, True])
def test_hashed_files_are_kept_for_ever_and_plain_ones_are_not(look_alone, autorefresh):
    from django.test import Client

    look_alone.WHITENOISE_AUTOREFRESH = autorefresh
    client = Client()
    address = static(CSS)
    assert address == "/static/" + assets.with_hash(CSS, content(CSS))
    hashed = client.get(address)
    assert hashed.status_code == 200
    assert hashed["Cache-Control"] == "max-age=315360000, public, immutable"
    assert body(hashed) == content(CSS)
    plain = client.get(f"/static/{CSS}")
    assert plain.status_code == 200
    assert "immutable" not in plain.get("Cache-Control", "")


def test_a_wrong_hash_is_not_answered(client):
    assert client.get("/static/look/look.0000000000.css").status_code == 404


def test_compressed_files_are_sent_to_those_who_take_them(client):
    small = client.get(static(CSS), headers={"Accept-Encoding": "gzip"})
    assert small["Content-Encoding"] == "gzip"
    assert gzip.decompress(body(small)) == content(CSS)
    assert client.get(static(CSS), headers={"Accept-Encoding": "br, gzip"})["Content-Encoding"] == "br"


def test_fonts_are_named_alike_in_the_style_sheet_and_in_the_page(client):
    page = client.get("/look/").content.decode()
    for font in ("fonts/hanken-grotesk.woff2", "fonts/newsreader-500.woff2"):
        address = static(f"look/{font}")
        assert f'href="{address}"' in page
        assert f'url("{address.removeprefix("/static/look/")}")' in content(CSS).decode()
        assert client.get(address)["Cache-Control"].endswith("immutable")


def test_an_unknown_file_keeps_its_name(look_alone):
    assert static("nobody/has.css") == "/static/nobody/has.css"
