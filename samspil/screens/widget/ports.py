"""What this screen is offered by the assembly, which it may not import: where the live process is."""

from collections.abc import Callable

_live_address: list[Callable[[str], str]] = []


def fill(*, live_address: Callable[[str], str]) -> None:
    """Called once by the assembly. ``live_address(host)`` is where the live process is for pages of that host."""
    _live_address[:] = [live_address]


def live_address(host: str) -> str:
    """The live process's address. Raises RuntimeError when the assembly gave none."""
    if not _live_address:
        raise RuntimeError("the port of the chat's page is not filled")
    return _live_address[0](host)
