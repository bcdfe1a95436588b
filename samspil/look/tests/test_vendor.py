import io
import re
import tarfile
from pathlib import Path

import httpx
import pytest

from samspil.look import vendor

TEMPLATES = [*Path(vendor.HERE.parent).rglob("templates/**/*.html")]


def test_vendored_files_are_those_of_the_lock():
    assert vendor.check() == []


def test_a_changed_file_is_found(tmp_path, monkeypatch):
    for name in (*vendor.lock()["files"], "icons.svg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((vendor.OUT / name).read_bytes())
    monkeypatch.setattr(vendor, "OUT", tmp_path)
    assert vendor.check() == []
    (tmp_path / "htmx.min.js").write_text("alert(1)")
    assert vendor.check() == ["htmx.min.js"]


def test_a_package_that_is_not_the_one_in_the_lock_is_refused_and_not_kept(tmp_path, monkeypatch):
    class Answer:
        content = b"something else"

        def raise_for_status(self):
            return self

    monkeypatch.setattr(vendor, "CACHE", tmp_path)
    monkeypatch.setattr(httpx, "get", lambda *_args, **_more: Answer())
    with pytest.raises(vendor.Mismatch):
        vendor.package("htmx.org", vendor.lock()["packages"]["htmx.org"])
    assert list(tmp_path.iterdir()) == []


def test_the_sprite_holds_the_icons_of_the_lock_and_no_script():
    sprite = (vendor.OUT / "icons.svg").read_text()
    assert sorted(re.findall(r'<symbol id="([^"]+)"', sprite)) == vendor.lock()["icons"]
    assert not re.search(r"<script|\son\w+=|href", sprite)


def test_a_symbol_keeps_the_shape_and_drops_the_rest():
    svg = '<svg xmlns="x" class="y" stroke="z">\n  <title>Mail</title>\n  <path d="M1 2" />\n</svg>'
    assert vendor.symbol("mail", svg) == '<symbol id="mail" viewBox="0 0 24 24"><path d="M1 2"/></symbol>'
    assert vendor.symbol("b-mail", svg) == (
        '<symbol id="b-mail" viewBox="0 0 24 24" fill="currentColor" stroke="none"><path d="M1 2"/></symbol>'
    )


def test_icons_are_read_from_their_packages(monkeypatch):
    def fake(name, _entry):
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w") as tar:
            svg = f"<svg><path d='{name}'/></svg>".encode()
            info = tarfile.TarInfo("package/icons/plug.svg")
            info.size = len(svg)
            tar.addfile(info, io.BytesIO(svg))
        content.seek(0)
        return tarfile.open(fileobj=content)

    monkeypatch.setattr(vendor, "package", fake)
    packages = vendor.lock()["packages"]
    assert "d='lucide-static'" in vendor.sprite(["plug"], packages)
    assert "d='simple-icons'" in vendor.sprite(["b-plug"], packages)
    with pytest.raises(KeyError):
        vendor.sprite(["no-such-icon"], packages)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_name_icons_that_exist(path):
    text = path.read_text()
    named = {*re.findall(r'{% icon "([^"]+)"', text), *re.findall(r'icon\|default:"([^"]+)"', text)}
    assert named - vendor.icon_names() == set()


def test_every_package_has_its_licence_noted():
    text = (vendor.HERE / "LICENCES.md").read_text()
    for name, entry in vendor.lock()["packages"].items():
        assert f"{name} {entry['version']}" in text
        assert entry["licence"] in text
