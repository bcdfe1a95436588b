"""What exchange does: takes files in, understands anew, makes the demo and takes it away."""

from samspil.exchange.actions.bring import AlreadyLive, CannotRead, Progress, account_of, bring, history_account, reader
from samspil.exchange.actions.demo import NoDemo, NotEmpty, create_demo, make_demo, remove_demo

__all__ = [
    "AlreadyLive",
    "CannotRead",
    "NoDemo",
    "NotEmpty",
    "Progress",
    "account_of",
    "bring",
    "create_demo",
    "history_account",
    "make_demo",
    "reader",
    "remove_demo",
]
