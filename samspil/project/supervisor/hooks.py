"""What ``samspil up`` asks of the packages, looked up by name: the supervisor itself knows none of them.

``samspil.exchange.actions.create_demo()``       fills an empty installation with the demo; does nothing to one that is not empty
``samspil.exchange.queries.demo_sign_in()``      (address, password) of a colleague of the demo, None when there is no demo
"""

from importlib import import_module
from typing import Any, NamedTuple

DEMO = "samspil.exchange.actions", "create_demo"
SIGN_IN = "samspil.exchange.queries", "demo_sign_in"


class SignIn(NamedTuple):
    """How to sign in to the demo."""

    address: str
    password: str


def create_demo() -> bool:
    """Fill an empty installation with the demo; False when this installation's packages have none."""
    found = _found(*DEMO)
    if found is None:
        return False
    found()
    return True


def demo_sign_in() -> SignIn | None:
    """A sign-in of the demo, if there is a demo."""
    found = _found(*SIGN_IN)
    answer = found() if found else None
    return SignIn(*answer) if answer else None


def _found(module: str, name: str) -> Any:
    try:
        return getattr(import_module(module), name, None)
    except ModuleNotFoundError as missing:
        # Only the package's own absence is no error: a library it misses is one.
        if missing.name is None or not module.startswith(missing.name):
            raise
        return None
