"""Make `static/lists/lists.css` and `lists.js` from the small files beside this one: `python -m samspil.screens.lists.build`."""

from pathlib import Path

from samspil.look import build as look

HERE = Path(__file__).parent
OUT = HERE / "static" / "lists"


def built() -> dict[str, str]:
    """File name -> what it should hold."""
    styles = "".join(look.minified_css(path.read_text()) for path in sorted((HERE / "css").glob("*.css")))
    return {"lists.css": styles + "\n", "lists.js": look.js(HERE / "js")}


def main() -> int:
    """Write them with their .gz and .br."""
    return look.write(built(), OUT)


if __name__ == "__main__":
    raise SystemExit(main())
