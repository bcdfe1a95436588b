"""Asking the endpoint: what leaves is put together first, and shown; what comes is handed on piece by piece, and cleaned at the end.

OpenAI's chat completions over the house's own HTTP: sixty lines instead of a client library with a dozen dependencies
(docs/decisions/assist.md). The address is an administrator's own setting, so it may lie inside the house; redirects are not followed.
"""

import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.assist.actions.offer import offer
from samspil.assist.models import Endpoint, Made
from samspil.assist.queries.asking import endpoint, messages_of, scope_of
from samspil.assist.rules.mask import masked
from samspil.assist.rules.prompt import PURPOSES, Cleaned, Said, cleaned, question
from samspil.base.errors import SamspilError
from samspil.base.flow import step
from samspil.base.seal import Unsealable, unseal
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation
from samspil.kit.errors import ChannelError
from samspil.kit.streams import data_of
from samspil.kit.web import Answer, Web
from samspil.organisation.models import Colleague

log = logging.getLogger(__name__)
LARGEST = 2_000_000
WHOLE = 3
"""So many times the patience for one piece, the whole may take."""


class NotForThis(SamspilError):
    """No endpoint is set, or not for this purpose, or not for this unit."""

    code = "assist.not_for_this"


class Failed(SamspilError):
    """The endpoint did not answer as it should; ``why`` is the code of it, and the error its own words."""

    code = "assist.failed"

    def __init__(self, why: str, words: str = "") -> None:
        super().__init__(words or why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One question, ready to leave: ``messages`` is word for word what leaves. ``sources``: (text, whose) that a draft rests on."""

    conversation: UUID
    purpose: str
    model: str
    messages: list[dict[str, str]]
    masked: bool
    numbers: tuple[int, ...] = ()
    ids: Mapping[int, UUID] = field(default_factory=dict)
    sources: tuple[tuple[str, str], ...] = ()

    @property
    def leaves(self) -> str:
        """What leaves the house, in one text."""
        return "\n\n".join(one["content"] for one in self.messages)


def prepare(*, conversation: UUID, by: Colleague, purpose: str, language: str, at: datetime, text: str = "") -> Asking:
    """Put together what would leave. Asks nobody. Raises NotFound, NotForThis."""
    row = access_conversation(by=by, conversation=conversation, whole=True)
    setting = endpoint()
    if setting is None or purpose not in PURPOSES or purpose not in setting.uses:
        raise NotForThis("Nobody has allowed this")
    scope = scope_of(row.unit_id)
    if scope is None:
        raise NotForThis("It is not allowed in this unit")
    said, names, ids = messages_of(row.pk)
    veil = (lambda words: masked(words, names)) if scope.masked else (lambda words: words)
    sources: tuple[tuple[str, str], ...] = ()
    if purpose == "draft":
        found = offer(conversation=row.pk, by=by, at=at)
        sources = tuple((one.found.text, one.found.by or one.found.name) for one in found)
    given = [Said(number=one.number, who=one.who, text=veil(one.text)) for one in said]
    messages = question(purpose, language=language, messages=given, sources=[words for words, _ in sources], text=veil(text))
    numbers = tuple(range(1, len(sources) + 1)) if purpose == "draft" else tuple(ids)
    return Asking(
        conversation=row.pk,
        purpose=purpose,
        model=setting.model,
        messages=messages,
        masked=scope.masked,
        numbers=numbers,
        ids=ids if purpose == "summary" else {},
        sources=sources,
    )


def ask(*, asking: Asking, by: Colleague, at: datetime) -> Iterator[str | Cleaned]:
    """Ask; the pieces as they come, and at the end the whole, cleaned. Whoever stops reading breaks it off. Raises Failed.

    An empty answer ends as one. Pieces are for showing that something comes; what may be used is the last one. What was asked and came
    is kept, whatever became of it.
    """
    setting = endpoint()
    if setting is None:
        raise NotForThis("Nobody has allowed this")
    began, pieces, error = time.monotonic(), [], "stopped"
    try:
        for piece in stream(setting=setting, messages=asking.messages):
            pieces.append(piece)
            yield piece
        whole = cleaned("".join(pieces), given=asking.leaves, numbers=asking.numbers)
        error = "" if whole.text else "empty"
        yield whole
    except Failed as failed:
        error = failed.why
        raise
    finally:
        _keep(asking, by, "".join(pieces), at=at, seconds=time.monotonic() - began, error=error)


def _keep(asking: Asking, by: Colleague, said: str, *, at: datetime, seconds: float, error: str) -> None:
    with step():
        # Its person may have been forgotten meanwhile: then nothing of it is kept.
        if Conversation.objects.select_for_update(no_key=True).filter(pk=asking.conversation).exists():
            Made.objects.create(
                conversation_id=asking.conversation,
                colleague=by,
                purpose=asking.purpose,
                model=asking.model,
                asked=asking.leaves,
                said=cleaned(said, given=asking.leaves).text,
                masked=asking.masked,
                at=at,
                seconds=round(seconds, 2),
                error=error,
            )


def stream(*, setting: Endpoint, messages: list[dict[str, str]], tokens: int | None = None) -> Iterator[str]:
    """The pieces of the model's answer. An endpoint that does not stream gives one piece. Raises Failed."""
    body = {
        "model": setting.model,
        "messages": messages,
        "max_tokens": tokens or setting.max_tokens,
        "stream": True,
        "temperature": 0.2,
    }
    web = Web(base=setting.base_url, headers=_headers(setting), patience=float(setting.seconds), largest=LARGEST)
    try:
        with web.lines("chat/completions", json=body, seconds=float(setting.seconds * WHOLE)) as (answer, lines):
            if not answer.ok:
                raise _refused(answer)
            if "event-stream" in answer.headers.get("content-type", ""):
                yield from _pieces(lines)
            else:
                yield _whole("\n".join(lines))
    except ChannelError as error:
        raise Failed(
            "unreachable" if "slow" not in str(error) and "timed out" not in str(error) else "slow", str(error)
        ) from error


def _headers(setting: Endpoint) -> dict[str, str]:
    if not setting.secret:
        return {}
    try:
        return {"authorization": f"Bearer {unseal(bytes(setting.secret))}"}
    except Unsealable as error:
        raise Failed("key") from error


def _refused(answer: Answer) -> Failed:
    why = {401: "key", 403: "key", 404: "model", 429: "busy", 400: "refused", 422: "refused", 413: "too_long"}
    code = why.get(answer.status, "trouble" if answer.status >= 500 else "refused")  # noqa: PLR2004 - HTTP's classes
    told = answer.said.get("error")
    words = told.get("message") if isinstance(told, dict) else told
    return Failed(code, f"{answer.status}: {words if isinstance(words, str) else answer.words}"[:300])


def _pieces(lines: Iterator[str]) -> Iterator[str]:
    for data in data_of(lines):
        if data.strip() == "[DONE]":
            return
        try:
            event = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise Failed("nonsense", data[:200]) from error
        if isinstance(event, dict) and event.get("error"):
            raise Failed("trouble", str(event["error"])[:300])
        piece = _text(event, "delta")
        if piece:
            yield piece


def _whole(body: str) -> str:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Failed("nonsense", body[:200]) from error
    found = _text(event, "message")
    if found is None:
        raise Failed("nonsense", body[:200])
    return found


def _text(event: Any, where: str) -> str | None:
    """The text of a choice; None where there is none. Whatever else it has, such as calls of tools, is not looked at."""
    choices = event.get("choices") if isinstance(event, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    inner = first.get(where) if isinstance(first, dict) else None
    content = inner.get("content") if isinstance(inner, dict) else None
    return content if isinstance(content, str) else None


def try_it(*, setting: Endpoint) -> tuple[str, float]:
    """Ask for one word: what came, and the seconds it took. Raises Failed."""
    began = time.monotonic()
    said = "".join(stream(setting=setting, messages=[{"role": "user", "content": "Answer with the one word: ready"}], tokens=20))
    if not said.strip():
        raise Failed("empty")
    return cleaned(said, given="").text[:200], time.monotonic() - began
