"""What exchange does: takes files in, understands anew, makes the demo and takes it away."""

from samspil.exchange.actions.bring import AlreadyLive, CannotRead, Progress, account_of, bring, history_account, reader

__all__ = ["AlreadyLive", "CannotRead", "Progress", "account_of", "bring", "history_account", "reader"]
