"""Make `static/desk/desk.css` and `desk.js` from the small files beside this one: `python -m samspil.screens.desk.build`."""

import sys
from pathlib import Path

from samspil.look import build as look

HERE = Path(__file__).parent
OUT = HERE / "static" / "desk"


def built() -> dict[str, str]:
    """File name -> what it should hold."""
    styles = "".join(look.minified_css(path.read_text()) for path in sorted((HERE / "css").glob("*.css")))
    return {"desk.css": styles + "\n", "desk.js": look.js(HERE / "js")}


def main() -> int:
    """Write them with their .gz and .br."""
    OUT.mkdir(parents=True, exist_ok=True)
    for name, text in built().items():
        (OUT / name).write_text(text)
        look.compress(OUT / name)
        sys.stdout.write(f"{name}: {len(text)} bytes, {(OUT / (name + '.br')).stat().st_size} in brotli\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
