"""Make ``static/widget/chat.js`` from the modules beside: ``python -m samspil.screens.widget.build``.

No Node. The modules are joined in one scope, the style sheet becomes a string within; what is built is committed with its
.gz and .br, and a test asserts that it is up to date and small.
"""

import argparse
import json
import re
import sys
from pathlib import Path

from samspil.look.build import DECLARED, IMPORT, compress, minified_css, minified_js

HERE = Path(__file__).parent
OUT = HERE / "static" / "widget" / "chat.js"
LIMIT = 25_000
"""Bytes of the gzipped script; pages of others pay for it."""


def built() -> str:
    """The whole script. Raises ValueError where two modules declare one name, or one imports what another does not declare."""
    order: list[str] = []
    owner: dict[str, str] = {}
    bodies: list[str] = []

    def add(module: str) -> None:
        if module in order:
            return
        text = _source(module)
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


def _source(module: str) -> str:
    if module == "style":
        return f"export const CSS = {json.dumps(minified_css((HERE / 'js' / 'chat.css').read_text()), ensure_ascii=False)};\n"
    return (HERE / "js" / f"{module}.js").read_text()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m samspil.screens.widget.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the built file is out of date")
    check = parser.parse_args().check
    text = built()
    fresh = OUT.exists() and OUT.read_text() == text
    if check:
        sys.stdout.write("up to date\n" if fresh else "out of date\n")
        return not fresh
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(text)
    compress(OUT)
    sizes = [OUT.with_name(OUT.name + end).stat().st_size for end in ("", ".gz", ".br")]
    sys.stdout.write(f"{sizes[0]} bytes, {sizes[1]} in gzip, {sizes[2]} in brotli\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
