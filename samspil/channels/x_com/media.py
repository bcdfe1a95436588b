"""The pictures and films of a post or a message, as X describes them today and in its older API. Pure, and without trust in any field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from samspil.channels.x_com.reading import rows, text_of
from samspil.kit import Attachment
from samspil.kit.files import may_load

HOSTS = ("pbs.twimg.com", "video.twimg.com")
"""Where X keeps what everybody may see. What was sent in a direct message lies elsewhere, and is not given to whoever asks."""
FILM = "video/mp4"
_KINDS = {"photo": "photo", "video": "video", "animated_gif": "GIF"}
_TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}
LONGEST_KEY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """One picture or film: its key at X, its kind, its words for who cannot see it, and where it lies ("" where it cannot be had)."""

    key: str
    kind: str
    alt: str
    url: str

    @property
    def shown(self) -> str:
        """In words, where it cannot be shown."""
        return f"[{self.kind}: {self.alt}]" if self.alt else f"[{self.kind}]"

    @property
    def attachment(self) -> Attachment:
        """As a file that is fetched afterwards."""
        ending = self.url.partition("?")[0].rpartition(".")[2].lower()
        film = self.kind in {"video", "GIF"}
        kind = FILM if film else _TYPES.get(ending, "image/jpeg")
        name = f"{self.kind.lower()}.{'mp4' if film else ending if ending in _TYPES else 'jpg'}"
        return Attachment(part=self.key, name=name, content_type=kind, size=0, alt=self.alt, remote=True)


def of_post(about: Mapping[str, Any], said: Mapping[str, Any], server: str) -> list[Medium]:
    """Those that belong to a post or a message that was fetched."""
    attachments = about.get("attachments")
    keys = attachments.get("media_keys") if isinstance(attachments, dict) else None
    wanted = [k for k in keys if isinstance(k, str)] if isinstance(keys, list) else []
    found = [row for row in rows(said.get("media")) if row.get("media_key") in wanted]
    return [_medium(row.get("media_key"), row, row.get("url"), row.get("variants"), row.get("alt_text"), server) for row in found]


def of_call(row: Mapping[str, Any], server: str) -> list[Medium]:
    """Those of a post that X's webhook brought."""
    longer = row.get("extended_tweet")
    entities = (longer.get("extended_entities") if isinstance(longer, dict) else None) or row.get("extended_entities")
    found = rows(entities.get("media") if isinstance(entities, dict) else None)
    films = [one.get("video_info") for one in found]
    variants = [film.get("variants") if isinstance(film, dict) else None for film in films]
    return [
        _medium(one.get("id_str"), one, one.get("media_url_https"), many, one.get("ext_alt_text"), server)
        for one, many in zip(found, variants, strict=True)
    ]


def words(text: str, media: Sequence[Medium]) -> str:
    """The text, and in words what cannot be fetched."""
    return "\n".join([text, *(m.shown for m in media if not m.url)]).strip()


def _medium(key: Any, row: Mapping[str, Any], url: Any, variants: Any, alt: Any, server: str) -> Medium:
    kind = _KINDS.get(str(row.get("type")), "file")
    where = text_of(_film(variants) if kind in {"video", "GIF"} else url, 1000)
    known = isinstance(key, str) and 0 < len(key) <= LONGEST_KEY and key.isascii()
    good = known and kind != "file" and may_load(where, hosts=HOSTS, server=server)
    return Medium(key=key if known else "", kind=kind, alt=text_of(alt, 1000).strip(), url=where if good else "")


def _film(variants: Any) -> Any:
    """Where the largest of the films lies that a browser can show."""
    films = [row for row in rows(variants) if row.get("content_type") == FILM]
    return max(films, key=_rate, default={}).get("url")


def _rate(row: Mapping[str, Any]) -> int:
    found = row.get("bit_rate", row.get("bitrate"))
    return found if isinstance(found, int) else 0
