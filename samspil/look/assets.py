"""Static files served as they are shipped, under names that carry their hash, with no collectstatic.

`collectstatic` cost twelve seconds of a first run, and gave nothing that cannot be computed at start: the hash of some
two hundred small files takes milliseconds. Rejected: a query string (`look.css?v=1`), because the plain name would then be
cached for ever too, and some proxies drop the query.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.middleware import WhiteNoiseMiddleware

DIGITS = 10
HASHED = re.compile(rf"\.[0-9a-f]{{{DIGITS}}}(?=\.[^./]+$|$)")


def with_hash(name: str, content: bytes) -> str:
    """`look/look.css` -> `look/look.1a2b3c4d5e.css`: the first ten hex digits of the SHA-256 of the content."""
    path = PurePosixPath(name)
    digest = hashlib.sha256(content).hexdigest()[:DIGITS]
    return str(path.with_name(f"{path.stem}.{digest}{path.suffix}"))


def _hashed(name: str) -> str:
    found = finders.find(name)
    return with_hash(name, Path(found).read_bytes()) if isinstance(found, str) and Path(found).is_file() else name


_hashed_once = cache(_hashed)


def hashed_name(name: str) -> str:
    """The name a static file is served under; the name itself when no app ships such a file.

    The content is read once in the life of a process, in DEBUG each time.
    """
    return _hashed(name) if settings.DEBUG else _hashed_once(name)


class HashedStorage(StaticFilesStorage):
    """`{% static %}` gives the hashed address, for our files and those of every other app."""

    def url(self, name: str | None) -> str:
        return super().url(hashed_name(name) if name else name)


class AssetsMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise ships no types
    """WhiteNoise that also answers to hashed names, and lets browsers keep those for ever.

    A stale hash is not answered with newer content: it is a 404, as a page and its files must belong together.
    """

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        super().add_file_to_dictionary(url, path, stat_cache=stat_cache)
        if url not in self.files or not url.startswith(self.static_prefix):
            return
        hashed = self.static_prefix + hashed_name(url[len(self.static_prefix) :])
        self.files[hashed] = self.get_static_file(path, hashed, stat_cache=stat_cache)

    def candidate_paths_for_url(self, url: str) -> Iterator[str]:
        yield from super().candidate_paths_for_url(url)
        plain = HASHED.sub("", url)
        if plain != url and url.startswith(self.static_prefix):
            name = plain[len(self.static_prefix) :]
            if self.static_prefix + hashed_name(name) == url:
                yield from super().candidate_paths_for_url(plain)

    def immutable_file_test(self, path: str, url: str) -> bool:  # noqa: ARG002 - WhiteNoise's signature
        """Only an address that carries the hash of the very file behind it."""
        plain = HASHED.sub("", url)
        return plain != url and self.static_prefix + hashed_name(plain[len(self.static_prefix) :]) == url
