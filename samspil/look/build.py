"""Make `static/look/look.css` and `look.js` from the small files beside this one: `python -m samspil.look.build`.

No Node: the style sheets are joined and thinned, the scripts are modules whose imports are resolved by joining them in one
scope. What is built is committed, together with its .gz and .br, and a test asserts that it is up to date.
"""

import argparse
import gzip
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from samspil.look.assets import with_hash

HERE = Path(__file__).parent
OUT = HERE / "static" / "look"
COMPRESSED = ("look.css", "look.js", "htmx.min.js", "icons.svg", "logo.svg")
STRING = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
IMPORT = re.compile(r"""^import (?:\{([^}]*)\} from )?"\./([a-z_]+)\.js";$""", re.MULTILINE)
DECLARED = re.compile(r"^(?:export )?(?:async )?(?:function|const|let|class) ([A-Za-z_$][\w$]*)", re.MULTILINE)


def minified_css(text: str) -> str:
    """Comments and needless blanks away; what stands in quotes is left alone."""
    parts = STRING.split(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    for place in range(0, len(parts), 2):
        part = re.sub(r"\s+", " ", parts[place])
        part = re.sub(r" ?([{};,]) ?", r"\1", part)
        parts[place] = re.sub(r": ", ":", part).replace(";}", "}")
    return "".join(parts).strip()


def css() -> str:
    """The whole style sheet; font files are named with their hash, so that they too may be kept for ever."""
    text = "".join(minified_css(path.read_text()) for path in sorted((HERE / "css").glob("*.css")))
    return re.sub(r'url\("(fonts/[^"]+)"\)', lambda m: f'url("{with_hash(m[1], (OUT / m[1]).read_bytes())}")', text) + "\n"


def minified_js(text: str) -> str:
    """Whole-line comments, indentation and empty lines away. No more: a regular expression cannot read JavaScript."""
    text = re.sub(r"^\s*/\*\*?.*?\*/\s*$", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def js(folder: Path | None = None) -> str:
    """The modules of a folder from `main.js` on, each after what it imports, in one scope of their own.

    Raises `ValueError` where two modules declare the same name or one imports what is not exported.
    """
    order: list[str] = []
    owner: dict[str, str] = {}
    bodies: list[str] = []

    def add(module: str) -> None:
        if module in order:
            return
        text = ((folder or HERE / "js") / f"{module}.js").read_text()
        for names, wanted in IMPORT.findall(text):
            add(wanted)
            for name in filter(None, (n.strip() for n in names.split(","))):
                if owner.get(name) != wanted:
                    raise ValueError(f"{module}.js imports {name}, which {wanted}.js does not declare")
        for name in DECLARED.findall(text):
            if owner.setdefault(name, module) != module:
                raise ValueError(f"{module}.js and {owner[name]}.js both declare {name}: they share one scope")
        order.append(module)
        bodies.append(minified_js(re.sub(r"^export ", "", IMPORT.sub("", text), flags=re.MULTILINE)))

    add("main")
    return '(()=>{"use strict";\n' + "\n".join(bodies) + "\n})();\n"


def built() -> dict[str, str]:
    """File name -> what it should hold."""
    return {"look.css": css(), "look.js": js()}


def write(texts: Mapping[str, str], out: Path) -> int:
    """Write what was built, with .gz and .br beside, and say how large it is."""
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (out / name).write_text(text)
        compress(out / name)
        sys.stdout.write(f"{name}: {len(text)} bytes, {(out / (name + '.br')).stat().st_size} in brotli\n")
    return 0


def compress(path: Path) -> None:
    """Write `.gz` and `.br` beside a file, the same bytes on every machine."""
    import brotli  # only builders need it, so it is a development dependency

    content = path.read_bytes()
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(content, 9, mtime=0))
    path.with_name(path.name + ".br").write_bytes(brotli.compress(content, quality=11))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m samspil.look.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a built file is out of date")
    check = parser.parse_args().check
    stale = [name for name, text in built().items() if not (OUT / name).exists() or (OUT / name).read_text() != text]
    if check:
        sys.stdout.write(f"out of date: {', '.join(stale)}\n" if stale else "up to date\n")
        return bool(stale)
    for name, text in built().items():
        (OUT / name).write_text(text)
    for name in COMPRESSED:
        compress(OUT / name)
        sys.stdout.write(f"{name}: {(OUT / name).stat().st_size} bytes, {(OUT / (name + '.br')).stat().st_size} in brotli\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
