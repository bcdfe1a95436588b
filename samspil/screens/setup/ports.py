"""What these pages are offered by the assembly, which they may not import: the doctor and the code of the first run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from samspil.intake.models import Account
from samspil.kit import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What these pages may call.

    ``diagnose(language=...)`` gives a Diagnosis, ``check_account(row)`` its checks within bounded time, ``setup_code()`` the
    code of the first run or "" where none is asked, ``live_address(host)`` where the live process is for pages of that host,
    ``public_address()`` the address of the pages as others see it, without a slash at the end.
    """

    diagnose: Callable[..., Any]
    check_account: Callable[[Account], Sequence[Check]]
    setup_code: Callable[[], str]
    live_address: Callable[[str], str]
    public_address: Callable[[], str]


_offered: list[Offered] = []


def fill(offered: Offered) -> None:
    """Called once by the assembly."""
    _offered[:] = [offered]


def offered() -> Offered:
    """What the assembly gave. Raises RuntimeError when it gave nothing."""
    if not _offered:
        raise RuntimeError("the ports of the setup pages are not filled")
    return _offered[0]
