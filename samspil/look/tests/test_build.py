import gzip

import brotli
import pytest

from samspil.look import build


def test_what_is_built_is_up_to_date():
    for name, text in build.built().items():
        assert (build.OUT / name).read_text() == text, f"{name} is out of date: python -m samspil.look.build"


@pytest.mark.parametrize("name", build.COMPRESSED)
def test_what_is_compressed_is_up_to_date(name):
    content = (build.OUT / name).read_bytes()
    assert gzip.decompress((build.OUT / f"{name}.gz").read_bytes()) == content
    assert brotli.decompress((build.OUT / f"{name}.br").read_bytes()) == content


def test_css_loses_blanks_but_nothing_that_means_something():
    text = """
    /* a comment: { */
    .a > .b , .c:hover { color : red; width: calc(1px + 2px); content: "a  b; c" ; }
    @media (min-width: 1px) { .d .e { --x: light-dark(#fff, #000); } }
    """
    assert build.minified_css(text) == (
        '.a > .b,.c:hover{color :red;width:calc(1px + 2px);content:"a  b; c"}'
        "@media (min-width:1px){.d .e{--x:light-dark(#fff,#000)}}"
    )


def test_js_keeps_every_line_that_does_something():
    text = '// why\nconst a = "http://x"; // stays\n\n  /* gone */\n  go(a);\n'
    assert build.minified_js(text) == 'const a = "http://x"; // stays\ngo(a);'


def test_modules_are_joined_in_the_order_they_need(tmp_path, monkeypatch):
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "main.js").write_text('import { b } from "./other.js";\nb();\n')
    (tmp_path / "js" / "other.js").write_text("export function b() {}\n")
    monkeypatch.setattr(build, "HERE", tmp_path)
    assert build.js() == '(()=>{"use strict";\nfunction b() {}\nb();\n})();\n'


@pytest.mark.parametrize(
    ("main", "complaint"),
    [
        ('import { b } from "./other.js";\nconst b = 1;\n', "main.js and other.js both declare b"),
        ('import { c } from "./other.js";\n', "main.js imports c, which other.js does not declare"),
    ],
)
def test_modules_that_would_clash_are_refused(tmp_path, monkeypatch, main, complaint):
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "main.js").write_text(main)
    (tmp_path / "js" / "other.js").write_text("export function b() {}\n")
    monkeypatch.setattr(build, "HERE", tmp_path)
    with pytest.raises(ValueError, match=complaint):
        build.js()


def test_no_source_is_long():
    long = [
        path.name
        for folder, limit in (("css", 260), ("js", 260), ("templates", 150))
        for path in (build.HERE / folder).rglob("*.*")
        if len(path.read_text().splitlines()) > limit
    ]
    assert long == []
