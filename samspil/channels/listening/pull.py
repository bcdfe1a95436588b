"""Listening: each server is asked when its turn is, and one in trouble waits by itself."""

import json
import random
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from samspil.channels.listening.posts import Post, mapping, rows, why_left
from samspil.channels.listening.settings import Settings, line, settings_of, short, text
from samspil.channels.listening.sources import Source, posts_in, sources_of
from samspil.channels.listening.understand import post_of
from samspil.kit import Account, Batch, Envelope, NotUnderstood, TryLater
from samspil.kit.reading import host_of
from samspil.kit.web import Answer, NotAllowed, fetch

LOOK = 20.0
PAUSE = 300.0
LONGEST = 6 * 3600.0
RECENT = 86400.0
"""How far back the first visit reaches: what is older is history, and no offer."""
PAGES = 5
REMEMBERED = 500
PROFILES = 25
"""Profiles that Bluesky gives at once."""
_REFUSED = (401, 403, 422)

State = dict[str, Any]


def pull(account: Account, cursor: Any) -> Iterator[Batch]:
    """Offers for ever. ``cursor`` is what is known of each source by its address. Raises TryLater with the sources in trouble."""
    settings = settings_of(account)
    sources = sources_of(settings)
    if not sources or not settings.words:
        raise TryLater("Nothing to listen for: name words, and a server or Bluesky.", after=3600.0)
    known = cursor if isinstance(cursor, dict) else {}
    states = {source.url: dict(mapping(known.get(source.url))) for source in sources}
    while True:
        for source in sources:
            if due(states[source.url], time.time()):
                envelopes = visit(source, states[source.url], settings)
                yield Batch(envelopes=envelopes, cursor=states)
        if trouble := _troubles(sources, states):
            raise TryLater(trouble, after=_pause(states, time.time()))
        time.sleep(LOOK)
        yield Batch(envelopes=(), cursor=states)  # lets the runner see that it shall stop


def due(state: Mapping[str, Any], now: float) -> bool:
    """Whether a source is to be asked."""
    at = state.get("next")
    return not isinstance(at, int | float) or at <= now


def _pause(states: Mapping[str, State], now: float) -> float:
    times = [state["next"] - now for state in states.values() if "next" in state]
    return min(max(min(times, default=PAUSE), LOOK), PAUSE)


def _troubles(sources: Any, states: Mapping[str, State]) -> str:
    found = {
        f"{source.kind} {host_of(source.server)}: {states[source.url].get('trouble')}"
        for source in sources
        if states[source.url].get("trouble")
    }
    return "; ".join(sorted(found))[:2000]


def visit(source: Source, state: State, settings: Settings) -> list[Envelope]:
    """Ask one source and note in ``state`` how it went. Raises nothing of the network's."""
    now = time.time()
    spread = 1 + random.random() / 10  # noqa: S311 - spreads visits, keeps no secret
    try:
        found = _ask(source, state)
        told = {"kind": source.kind, "server": source.server, "domain": _domain(source, state)}
        if source.kind == "bluesky":
            found = _with_profiles(source, state, found)
    except (TryLater, NotAllowed, NotUnderstood) as error:
        failures = int(state.get("failures") or 0) + 1
        pause = min(source.every * 2.0 ** min(failures, 10), LONGEST) * spread
        asked = error.after if isinstance(error, TryLater) else None
        state.update(failures=failures, trouble=line(str(error), 300), next=now + max(pause, asked or 0.0))
        return []
    envelopes = news(found, told, state, settings, now)
    state.pop("trouble", None)
    state.update(failures=0, next=now + source.every * spread)
    return envelopes


def _ask(source: Source, state: State) -> list[Mapping[str, Any]]:
    """The newest posts; where a page holds none that we know, the ones before it too, so that a busy tag loses none."""
    found = posts_in(source, _get(source.url))
    seen = mapping(state.get("seen"))
    page = found
    for _ in range(PAGES - 1):
        known = not seen or any(short(_id(row)) in seen for row in page)
        if not source.pages or known or not page:
            break
        page = posts_in(source, _get(source.before(_id(page[-1]))))
        found = [*found, *page]
    return found


def _id(row: Mapping[str, Any]) -> str:
    comment, post = mapping(row.get("comment")), mapping(row.get("post"))
    found = row.get("id") or row.get("uri")
    return str(found or f"{'comment' if comment else 'post'} {(comment or post).get('id')}")[:2000]


def _get(url: str) -> Answer:
    answer = fetch(url, headers={"accept": "application/json"})
    if answer.status in _REFUSED:
        raise NotUnderstood(f"it does not tell who has no account ({answer.status})")
    if not answer.ok:
        raise NotUnderstood(f"it answered {answer.status}")
    return answer


def _domain(source: Source, state: State) -> str:
    """The domain in the user names of a Mastodon server, which may differ from its address; asked once."""
    if source.kind != "mastodon":
        return ""
    if not state.get("domain"):
        answer = fetch(f"{source.server}/api/v2/instance", headers={"accept": "application/json"})
        found = mapping(answer.json()).get("domain") if answer.ok else ""
        state["domain"] = line(found, 253).lower() or host_of(source.server)
    return str(state["domain"])


def _with_profiles(source: Source, state: State, found: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """New posts with what their authors say of themselves, for a search does not show who asked to be left alone."""
    seen = mapping(state.get("seen"))
    new = [row for row in found if short(_id(row)) not in seen]
    dids = list(dict.fromkeys(did for row in new if (did := text(mapping(row.get("author")).get("did"), 600))))
    about: dict[str, Any] = {}
    for start in range(0, len(dids), PROFILES):
        query = urlencode([("actors", did) for did in dids[start : start + PROFILES]])
        answer = mapping(_get(f"{source.server}/xrpc/app.bsky.actor.getProfiles?{query}").json())
        about |= {text(row.get("did"), 600): row for row in rows(answer.get("profiles"))}
    return [_with(row, mapping(about.get(text(mapping(row.get("author")).get("did"), 600)))) for row in found]


def _with(row: Mapping[str, Any], profile: Mapping[str, Any]) -> Mapping[str, Any]:
    author = mapping(row.get("author"))
    more = {
        "description": text(profile.get("description"), 10_000),
        "labels": [*rows(author.get("labels")), *rows(profile.get("labels"))],
    }
    return {**row, "author": {**author, **more}} if author else row


def news(found: list[Mapping[str, Any]], told: Mapping[str, str], state: State, settings: Settings, now: float) -> list[Envelope]:
    """The posts that are new, and those that changed; ``state`` then knows them. What is to be left alone is not kept at all."""
    before = state.get("seen")
    first = not isinstance(before, dict)
    seen: dict[str, str] = {} if first else dict(before)  # type: ignore[arg-type]
    envelopes: list[Envelope] = []
    for row in reversed(found):
        try:
            post = post_of(row, told)
        except NotUnderstood:
            continue  # one odd post is no reason to leave out the others
        key = short(_id(row))
        earlier = seen.pop(key, None)
        seen[key] = post.digest
        if earlier == post.digest or why_left(post, settings) or (first and post.at.timestamp() < now - RECENT):
            continue
        envelopes.append(_envelope(row, post, told))
        if earlier is not None:
            envelopes.append(_envelope(row, post, {**told, "changed": "yes"}))
    state["seen"] = dict(list(seen.items())[-REMEMBERED:])
    return envelopes


def _envelope(row: Mapping[str, Any], post: Post, told: Mapping[str, str]) -> Envelope:
    key = f"{told['kind']}:{post.id}" if len(post.id) <= 140 else f"{told['kind']}:{short(post.id, 64)}"  # noqa: PLR2004 - what the log holds
    return Envelope(
        external_id=f"{key}#{post.digest}" if told.get("changed") else key,
        payload=json.dumps(row, ensure_ascii=True).encode(),
        headers=dict(told),
    )
