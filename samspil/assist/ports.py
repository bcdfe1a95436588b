"""What assist wants of later stages and of the assembly: what people said of how the relation feels, and where files may lie."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings


class _Filled:
    verdicts: Callable[[datetime], Mapping[UUID, bool]] = staticmethod(lambda _: {})


def fill(*, verdicts: Callable[[datetime], Mapping[UUID, bool]]) -> None:
    """``verdicts`` gives of the conversations asked about since a time whether it feels good to the consumer."""
    _Filled.verdicts = staticmethod(verdicts)


def verdicts(since: datetime) -> Mapping[UUID, bool]:
    """Of the conversations asked about since, whether it feels good; nothing where nobody asks."""
    return _Filled.verdicts(since)


def folder() -> Path:
    """Where the files of vectors lie."""
    return Path(settings.SAMSPIL_ASSIST)
