"""What elsewhere wants of the assembly: the pages' address."""

from collections.abc import Callable


class _Filled:
    public_address: Callable[[], str] = staticmethod(lambda: "")


def fill(*, public_address: Callable[[], str]) -> None:
    """``public_address`` gives the pages' address without a slash at its end."""
    _Filled.public_address = staticmethod(public_address)


def public_address() -> str:
    """The pages' address."""
    return _Filled.public_address()
