"""Comments on our newest posts, and the answers below them. What is known stands in the cursor: a comment's id, and when it was last changed."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from samspil.channels.linkedin.settings import COMMENT, POST, LinkedIn, Refused, own_urn, path_of
from samspil.kit import Account, Batch, Envelope, TryLater
from samspil.kit.oauth import AFTER_REFUSED
from samspil.kit.pause import rest

PAUSE = 600.0
PAGE, MOST, POSTS, KNOWN = 100, 20, 10, 10_000
"""Comments of a page, pages of a post, posts that are watched unless told otherwise, and comments that are remembered."""
GONE = (403, 404)


def pull(account: Account, cursor: Any, pause: float = PAUSE) -> Iterator[Batch]:
    """Batches for ever. Raises TryLater."""
    if not own_urn(account):
        raise TryLater("The page's number is none: digits alone.", after=AFTER_REFUSED)
    linkedin, look = LinkedIn(account), _Look(account, cursor if isinstance(cursor, dict) else {})
    while True:
        yield from look.take(linkedin)
        for _ in rest(pause):
            yield Batch(envelopes=(), cursor=look.cursor())


class _Look:
    """What is known from one look to the next; names of people are remembered as long as the runner runs."""

    def __init__(self, account: Account, kept: Mapping[str, Any]) -> None:
        self.account = account
        rows = kept.get("known")
        known = [r for r in rows if isinstance(r, list) and len(r) == 3] if isinstance(rows, list) else []  # noqa: PLR2004
        self.known = {str(urn): (str(changed), str(answers)) for urn, changed, answers in known}
        self.names: dict[str, str] = {}
        self.named = True

    def cursor(self) -> dict[str, Any]:
        """All of it as plain values; a list, because a database does not keep the order of an object."""
        return {"known": [[urn, *stamps] for urn, stamps in list(self.known.items())[-KNOWN:]]}

    def take(self, linkedin: LinkedIn) -> Iterator[Batch]:
        """One look at every watched post."""
        for post in self._posts(linkedin):
            found: list[Envelope] = []
            for top in sorted(self._comments(linkedin, post), key=_created):
                found += self._thread(linkedin, top)
            if found:
                yield Batch(envelopes=found, cursor=self.cursor())

    def _posts(self, linkedin: LinkedIn) -> list[str]:
        try:
            number = min(max(int(float(self.account.config.get("posts") or POSTS)), 1), 100)
        except (TypeError, ValueError, OverflowError):
            number = POSTS
        query = {"q": "author", "author": own_urn(self.account), "count": str(number), "sortBy": "LAST_MODIFIED"}
        try:
            said = linkedin.ask("GET", "posts", query)
        except Refused as error:
            raise TryLater(f"LinkedIn gives no posts: {error}", after=AFTER_REFUSED) from error
        return [str(row["id"]) for row in _rows(said.get("elements")) if POST.fullmatch(str(row.get("id")))]

    def _comments(self, linkedin: LinkedIn, urn: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for page in range(MOST):
            query = {"start": str(page * PAGE), "count": str(PAGE)}
            try:
                said = linkedin.ask("GET", path_of(urn), query)
            except Refused as error:
                if error.status in GONE:
                    return found  # taken down meanwhile
                raise TryLater(f"LinkedIn gives no comments: {error}", after=AFTER_REFUSED) from error
            rows = _rows(said.get("elements"))
            found += [row for row in rows if COMMENT.fullmatch(urn_of(row))]
            if len(rows) < PAGE:
                break
        return found

    def _thread(self, linkedin: LinkedIn, top: dict[str, Any]) -> list[Envelope]:
        """What is new of a comment and the answers below it, which are asked for when their number has changed."""
        urn, answers = urn_of(top), str(_part(top, "commentsSummary").get("aggregatedTotalComments") or 0)
        below: list[dict[str, Any]] = []
        if answers not in ("0", self.known.get(urn, ("", "0"))[1]):
            below = sorted(self._comments(linkedin, urn), key=_created)
        alone = {str(r.get("actor")) for r in (top, *below)} - {own_urn(self.account)} == {str(top.get("actor"))}
        found = [e for row in (top, *below) for e in self._one(linkedin, row, top, alone=alone)]
        self.known[urn] = (self.known[urn][0], answers)
        return found

    def _one(self, linkedin: LinkedIn, row: dict[str, Any], top: dict[str, Any], *, alone: bool) -> Iterator[Envelope]:
        urn, changed = urn_of(row), str(_part(row, "lastModified").get("time") or _part(row, "created").get("time"))
        before = self.known.get(urn)
        self.known.pop(urn, None)
        self.known[urn] = (changed, before[1] if before else "0")
        if before and before[0] == changed:
            return
        payload = {
            "comment": row,
            "top": urn_of(top),
            "name": self._name(linkedin, str(row.get("actor"))),
            "began": top.get("actor") if alone else None,
        }
        yield Envelope(
            external_id=(f"edit:{urn}@{changed}" if before else f"comment:{urn}")[:200],
            payload=json.dumps(payload, ensure_ascii=True, separators=(",", ":")).encode(),
            headers={"content-type": "application/json", **({"seen": "yes"} if before else {})},
        )

    def _name(self, linkedin: LinkedIn, actor: str) -> str:
        """What a person is called, where LinkedIn tells it; it does not tell everybody."""
        ident = actor.removeprefix("urn:li:person:")
        if not self.named or ident == actor or not ident.replace("-", "").replace("_", "").isalnum():
            return ""
        if actor not in self.names:
            try:
                said = linkedin.ask("GET", f"people/(id:{ident})")
            except Refused as error:
                self.named = error.status == 404  # noqa: PLR2004 - this one alone is not found; else nobody's name is told
                said = {}
            words = [said.get(f"localized{part}Name") for part in ("First", "Last")]
            self.names[actor] = " ".join(word for word in words if isinstance(word, str))[:200]
        return self.names[actor]


def urn_of(row: Mapping[str, Any]) -> str:
    """A comment's own name; LinkedIn writes it in one of two places."""
    return str(row.get("commentUrn") or row.get("$URN") or "")


def _created(row: Mapping[str, Any]) -> float:
    at = _part(row, "created").get("time")
    return float(at) if isinstance(at, int) else 0.0


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _rows(found: Any) -> list[dict[str, Any]]:
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
