"""``bin/channel NAME``: a new channel that passes its own tests, to be changed into what it is to become.

``template/`` is read as text: ``NAME`` stands for the channel's name and ``Title`` for its title. Its files end in ``.txt``, so
that neither linters nor tests take them for a part of the program.
"""

import keyword
import re
from pathlib import Path

TEMPLATE = Path(__file__).parent / "template"
CHANNELS = Path(__file__).parents[2] / "channels"
NAME = re.compile(r"[a-z][a-z0-9]{1,29}")


class NotMade(Exception):
    """The channel was not made; the message says why. Nothing was written."""


def make_channel(name: str, *, channels: Path = CHANNELS) -> Path:
    """Make ``channels``/``name`` from the template and return it. Raises NotMade."""
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise NotMade(f"{name!r} cannot be a channel's name: use 2 to 30 small letters and digits, a letter first.")
    folder = channels / name
    if folder.exists():
        raise NotMade(f"{folder} exists already; nothing was changed.")
    for path in sorted(TEMPLATE.rglob("*.txt")):
        place = folder / path.relative_to(TEMPLATE).with_suffix("")
        place.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8").replace("NAME", name).replace("Title", name.capitalize())
        place.write_text(text, encoding="utf-8")
    return folder
