"""What exchange does: takes files in, understands anew, makes the demo and takes it away."""

from samspil.exchange.actions.bring import AlreadyLive, CannotRead, Progress, account_of, bring, history_account, look
from samspil.exchange.actions.deliver import listen, take_stream
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
    "listen",
    "look",
    "make_demo",
    "remove_demo",
    "take_stream",
]
