"""How often the new part of a mail is found exactly: our rules beside plain mail-parser-reply, on three public sets.

The sets lie beside the project (``SAMSPIL_DATA``); they hold mails and no common truth. The truth here is ours: read by hand on
the same mails that the rules were made on, so the figure tells how well the rules fit these mails and not how they do on mails
nobody has looked at. It is kept as numbers of the lines that the writer wrote this time (``mail_visible_truth.json``): without
what is quoted and the line above it, without a signature after "-- ", device lines ("Sent from my ..."), list footers, legal
notices and banners; with the writer's own greeting and name. Where answers stand between quotes, the questions count as needed.
For HTML the truth is the words. Blank lines and space at line ends do not count. The library is given the better of its two
answers for each whole set.

    uv run python bench/mail_visible.py       writes bench/results/mail_visible.json
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from mailparser_reply import EmailReplyParser

from samspil.channels.mail import mime
from samspil.channels.mail.quotes import visible
from samspil.channels.mail.quotes_html import visible_html
from samspil.kit.html import text_of

HERE = Path(__file__).parent
DATA = Path(os.environ.get("SAMSPIL_DATA", HERE.parents[1] / "shared" / "data")) / "mail"
T = TypeVar("T")
LANGUAGES = ["da", "en", "de", "sv", "nl", "pl", "ja"]
FOLDERS = {
    "reply_github": "reply_github/test/emails",
    "reply_mailparserreply": "reply_mailparserreply/test/emails",
    "reply_talon": "reply_talon/tests/fixtures",
}


def words(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.replace("\xa0", " ").split("\n") if line.strip()]


def truth_of(source: str, said: str) -> list[str]:
    """Line numbers ("1-3,7") as lines of the source; anything after "=" is the words themselves."""
    if said.startswith("="):
        return words(said[1:])
    lines = source.split("\n")
    kept: list[str] = []
    for piece in said.split(","):
        low, _, high = piece.partition("-")
        kept += lines[int(low) - 1 : int(high or low)]
    return words("\n".join(kept))


def inputs(path: Path) -> tuple[str, str]:
    """The plain text and the HTML of a file of the sets."""
    data = path.read_bytes()
    if path.suffix == ".html":
        return "", data.decode("utf-8", "replace")
    if path.suffix == ".eml":
        mail = mime.read(data)
        place = mime.shown(mail)[0][0]
        return mime.text(data, place.plain[0], []) if place.plain else "", ""
    return data.decode("utf-8").replace("\r\n", "\n"), ""


def ours(text: str, html: str) -> str:
    return visible(text) if text else visible(visible_html(html)[1])


def library(text: str, html: str) -> Iterator[str]:
    source = text or text_of(html)
    replies = EmailReplyParser(languages=list(LANGUAGES)).read(source).replies
    yield replies[0].content if replies else source
    yield replies[0].body if replies else source


def measure(name: str, truths: dict[str, str]) -> dict[str, object]:
    own, misses, plain = 0, [], [0, 0]
    seconds = {"ours": 0.0, "library": 0.0}
    for file, said in sorted(truths.items()):
        text, html = inputs(DATA / FOLDERS[name] / file)
        wanted = truth_of(text, said)
        found, seconds["ours"] = timed(lambda: ours(text, html), seconds["ours"])  # noqa: B023 - called at once
        if words(found) == wanted:
            own += 1
        else:
            misses.append(file)
        answers, seconds["library"] = timed(lambda: list(library(text, html)), seconds["library"])  # noqa: B023 - called at once
        for number, answer in enumerate(answers):
            plain[number] += words(answer) == wanted
    count = len(truths)
    return {
        "mails": count,
        "ours_exact": own,
        "library_exact": max(plain),
        "library_content_exact": plain[0],
        "library_body_exact": plain[1],
        "ours_missed": misses,
        "ours_ms_per_mail": round(seconds["ours"] * 1000 / count, 3),
        "library_ms_per_mail": round(seconds["library"] * 1000 / count, 3),
    }


def timed(call: Callable[[], T], so_far: float) -> tuple[T, float]:
    start = time.process_time()
    result = call()
    return result, so_far + time.process_time() - start


def run() -> dict[str, object]:
    truth = json.loads((HERE / "mail_visible_truth.json").read_text(encoding="utf-8"))
    sets = {name: measure(name, truth[name]) for name in FOLDERS}
    total = {key: sum(int(str(one[key])) for one in sets.values()) for key in ("mails", "ours_exact", "library_exact")}
    return {"sets": sets, "total": total}


def main() -> int:
    if not DATA.is_dir():
        print(f"no data at {DATA}; set SAMSPIL_DATA")
        return 1
    result = run()
    target = HERE / "results" / "mail_visible.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
