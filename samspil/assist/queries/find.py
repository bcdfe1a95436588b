"""Finding past answers and ready texts for the message that waits: by words and by meaning, joined; only what the reader may see."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.assist.queries import vectors
from samspil.assist.queries.standing import STANDS, names_of
from samspil.assist.rules.mask import masked
from samspil.assist.rules.rank import LENGTH, MOST, SATURATION, SHOWN, SURE, Evidence, apart, fused, probability, rare, weight
from samspil.assist.rules.vector import cosine
from samspil.base import sql
from samspil.conversation.models import Conversation
from samspil.conversation.queries import visible
from samspil.organisation.models import Colleague
from samspil.reply.models import Canned

DEEP = 100
"""So many of each list are joined. The nearest by meaning may lie in closed units: more are looked at."""
LONGEST = 2_000
USUAL = 20.0
"""Different words in a question, about: what its length is measured by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The message that waits: its text, language, meaning (None: not read) and the words to look for with what each tells."""

    interaction: UUID
    text: str
    language: str
    vector: bytes | None
    words: Mapping[str, float]
    told: float
    """The sum of all its words' weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One suggestion. ``text`` is masked and has places to be filled in. ``likely`` 0-1; ``cosine`` None where meaning was not read.

    Of a pair: ``pair``, the conversation and the question it was answered in, when and by whom. Of a ready text: ``ready`` and its key.
    """

    source: str
    text: str
    likely: float
    cosine: float | None
    share: float
    pair: int | None = None
    ready: UUID | None = None
    name: str = ""
    asked: str = ""
    conversation: UUID | None = None
    at: datetime | None = None
    by: str = ""

    @property
    def is_sure(self) -> bool:
        """Whether it may be shown without being asked for."""
        return self.likely >= SURE


_WAITS = (
    "SELECT i.id, left(i.subject || ' ' || i.text, %(long)s), coalesce(nullif(i.language, ''), c.language, 'da'), m.vector"
    " FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    " JOIN intake_account c ON c.id = i.account_id LEFT JOIN assist_meaning m ON m.interaction_id = i.id"
    " WHERE p.conversation_id = %(c)s AND i.kind = 'message' AND NOT i.outgoing AND coalesce(i.data->>'automatic', '') = ''"
    " ORDER BY p.at DESC, p.interaction_id DESC LIMIT 1"
)
_FREQUENT = (
    "SELECT x.word, coalesce(w.df, 0), (SELECT pairs FROM assist_gathered WHERE id = 1)"
    " FROM unnest(tsvector_to_array(to_tsvector(CASE WHEN %(l)s = 'en' THEN 'english' ELSE 'danish' END::regconfig, %(t)s))) AS x(word)"
    " LEFT JOIN assist_word w ON w.word = x.word"
)


def waits(conversation: UUID) -> Waits | None:
    """The newest message of the consumer, as it is looked for; None where nobody has written. Two statements."""
    rows = sql.run(_WAITS, {"c": conversation, "long": LONGEST})
    if not rows:
        return None
    interaction, text, language, vector = rows[0]
    return looked_for(interaction=interaction, text=text, language=language, vector=bytes(vector) if vector else None)


def looked_for(*, interaction: UUID, text: str, language: str, vector: bytes | None) -> Waits:
    """A text as it is looked for. One statement."""
    known = sql.run(_FREQUENT, {"l": language, "t": masked(text) or text})
    total = max((row[2] or 0 for row in known), default=0)
    frequencies = {word: df for word, df, _ in known}
    told = sum(weight(df, total) for df in frequencies.values())
    return Waits(
        interaction=interaction, text=text, language=language, vector=vector, words=rare(frequencies, total), told=told or 1.0
    )


_BY_WORDS = (
    "SELECT k.id, sum(x.weight) AS shared FROM {source} AS x(word, weight)"
    " JOIN assist_pair k ON k.search @@ ('''' || replace(replace(x.word, '\\', '\\\\'), '''', '''''') || '''')::tsquery"
    f" GROUP BY k.id ORDER BY sum(x.weight) / ({1 + SATURATION * (1 - LENGTH)} + {SATURATION * LENGTH} * length(k.search) / {USUAL}) DESC,"
    " k.id DESC LIMIT %s"
)


def by_words(waiting: Waits, most: int = DEEP) -> dict[int, float]:
    """Pairs that share the rarest words of the message, the best first, with the weight that they share. One statement.

    BM25 with every word counted once, for questions are short: the weights of the words shared, less for a long question.
    """
    if not waiting.words:
        return {}
    source, values = sql.table("text float8", list(waiting.words.items()))
    return {pair: float(shared) for pair, shared in sql.run(_BY_WORDS.format(source=source), [*values, most])}


_PAIRS = (
    "SELECT k.id, p.conversation_id, k.asked, k.said, k.at, g.name, k.vector, k.shown, k.used FROM assist_pair k"
    " JOIN intake_interaction a ON a.id = k.answer_id JOIN intake_interaction q ON q.id = k.question_id"
    " JOIN conversation_placement p ON p.interaction_id = a.id JOIN organisation_colleague g ON g.id = a.colleague_id"
    f" WHERE k.id = ANY(%s) AND {STANDS.format(row='a')} AND {STANDS.format(row='q')}"
)


def suggestions(*, conversation: Conversation, by: Colleague, waiting: Waits, most: int = MOST) -> Sequence[Found]:
    """The best texts for the message that waits, the likeliest first; those below the threshold are left out.

    Only out of conversations that the colleague may see, never this one, and masked once more with the names that are known now. Eight
    statements at most, whatever the size of the log.
    """
    words = by_words(waiting)
    meant = dict(vectors.search(waiting.vector, 4 * DEEP)) if waiting.vector else {}
    allowed = _allowed({*words, *meant}, by, conversation.pk)
    order = fused([pair for pair in words if pair in allowed], [pair for pair in meant if pair in allowed][:DEEP])
    chosen = sorted(order, key=lambda pair: (-order[pair], -pair))[: 4 * most]
    found = [*_of_pairs(chosen, allowed, waiting, words, meant), *ready_texts(by=by, waiting=waiting)]
    found = [one for one in found if one.likely >= SHOWN]
    found.sort(key=lambda one: (-one.likely, one.source, str(one.ready or one.pair)))
    return [found[place] for place in apart([one.text for one in found], most)]


def _allowed(pairs: Collection[int], by: Colleague, but: UUID) -> dict[int, tuple[Any, ...]]:
    """The rows of those pairs that the colleague may see, and that still stand. Two statements."""
    if not pairs:
        return {}
    rows = sql.run(_PAIRS, [sorted(pairs)])
    ids = {row[1] for row in rows} - {but}
    seen = set(Conversation.objects.filter(visible(by), pk__in=ids).values_list("pk", flat=True))
    return {row[0]: row for row in rows if row[1] in seen}


def _of_pairs(
    chosen: Sequence[int],
    allowed: Mapping[int, tuple[Any, ...]],
    waiting: Waits,
    words: Mapping[int, float],
    meant: Mapping[int, float],
) -> list[Found]:
    names = names_of([allowed[pair][1] for pair in chosen])
    found = []
    for pair in chosen:
        _, conversation, asked, said, at, colleague, vector, shown, used = allowed[pair]
        near = meant.get(pair)
        if near is None and waiting.vector and vector:
            near = cosine(vector, waiting.vector)
        share = min(words.get(pair, 0.0) / waiting.told, 1.0)
        likely = probability(Evidence(cosine=near, share=share, language=waiting.language, shown=shown, used=used))
        theirs = names.get(conversation, set())
        found.append(
            Found(
                source="pair",
                pair=pair,
                text=again(said, theirs),
                asked=again(asked, theirs),
                likely=likely,
                cosine=near,
                share=share,
                conversation=conversation,
                at=at,
                by=colleague,
            )
        )
    return found


def worded(*, pair: int | None, ready: UUID | None, language: str) -> str:
    """The text of a suggestion as it is now, with its places; "" where it is not there any more."""
    if ready is not None:
        text = Canned.objects.filter(pk=ready, ended_at=None).first()
        return "" if text is None else text.text_en if language not in ("da", "") and text.text_en else text.text
    rows = sql.run(_PAIRS, [[pair]]) if pair is not None else []
    if not rows:
        return ""
    return again(rows[0][3], names_of([rows[0][1]]).get(rows[0][1], set()))


def again(text: str, names: Collection[str]) -> str:
    """A masked text, masked with the names that are known today; its places stay."""
    parts = text.split("{")
    rest = [part.partition("}") for part in parts[1:]]
    plain = [parts[0], *(tail for _, _, tail in rest)]
    veiled = [masked(part, names) if part.strip() else part for part in plain]
    kept = [_spaced(old, new) for old, new in zip(plain, veiled, strict=True)]
    return kept[0] + "".join(f"{{{place}}}{tail}" for (place, _, _), tail in zip(rest, kept[1:], strict=True))


def _spaced(old: str, new: str) -> str:
    """The masked part with the spaces that stood around it."""
    if not old.strip():
        return old
    return old[: len(old) - len(old.lstrip())] + new + old[len(old.rstrip()) :]


_READY = (
    "SELECT r.id, r.key, r.name, CASE WHEN %(l)s NOT IN ('da', '') AND r.text_en <> '' THEN r.text_en ELSE r.text END, m.vector,"
    " tsvector_to_array(to_tsvector(CASE WHEN %(l)s = 'en' THEN 'english' ELSE 'danish' END::regconfig,"
    "  r.name || ' ' || r.text || ' ' || r.text_en)),"
    " (SELECT count(*) FROM assist_offer o WHERE o.ready_id = r.id AND o.settled_at IS NOT NULL),"
    " (SELECT count(*) FROM assist_offer o WHERE o.ready_id = r.id AND o.outcome IN ('sent', 'edited'))"
    " FROM reply_canned r LEFT JOIN assist_ready_meaning m ON m.ready_id = r.id"
    " WHERE r.ended_at IS NULL AND (r.unit_id IS NULL OR r.unit_id = %(u)s) ORDER BY r.id LIMIT 1000"
)


def ready_texts(*, by: Colleague, waiting: Waits) -> list[Found]:
    """Ready texts for all and of the colleague's unit, each with how likely it helps. One statement."""
    found = []
    for ident, key, name, text, vector, own, shown, used in sql.run(_READY, {"l": waiting.language, "u": by.unit_id}):
        near = cosine(vector, waiting.vector) if vector and waiting.vector else None
        has = set(own)
        share = min(sum(weight for word, weight in waiting.words.items() if word in has) / waiting.told, 1.0)
        likely = probability(Evidence(cosine=near, share=share, language=waiting.language, shown=shown, used=used, ready=True))
        found.append(Found(source="ready", ready=ident, name=name or key, text=text, likely=likely, cosine=near, share=share))
    return found
