"""What pulse wants of the assembly: the address that people outside reach."""

from collections.abc import Callable


class _Filled:
    public_address: Callable[[], str] = staticmethod(lambda: "")


def fill(*, public_address: Callable[[], str]) -> None:
    """``public_address`` gives the pages' public https address without a slash at its end, "" where there is none."""
    _Filled.public_address = staticmethod(public_address)


def public_address() -> str:
    """The pages' public address, "" where there is none."""
    return _Filled.public_address()
