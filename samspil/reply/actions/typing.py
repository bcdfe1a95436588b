"""Whoever wrote sees in their own app that one of us is answering: a courtesy, which nothing waits for and nobody misses."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from samspil import kit
from samspil.base import registry
from samspil.conversation.models import Conversation
from samspil.conversation.queries import last_heard
from samspil.intake.models import Account
from samspil.intake.queries import account_view

log = logging.getLogger(__name__)

PAUSE = 4.0
"""Seconds between two of one conversation; networks show it for five or more."""
MOST = 8
"""That wait for a thread; what comes when there are so many is left out."""

_threads = ThreadPoolExecutor(2, thread_name_prefix="typing")
_guard = threading.Lock()
_told: dict[UUID, float] = {}
_waiting = 0


def tell_typing(*, conversation: Conversation) -> bool:
    """Show it where the consumer last wrote, when the network can; whether it was begun. One statement, and the network in a thread."""
    if not _is_time(conversation.pk):
        return False
    said = last_heard(conversation)
    if said is None:
        return False
    account = said.account
    if account.history or account.state != Account.State.ACTIVE or account.channel not in registry.names():
        return False
    channel = registry.channel(account.channel)
    if not isinstance(channel, kit.Types):
        return False
    to = kit.Handle(network=said.handle.network, scope=said.handle.scope, address=said.handle.address, name=said.handle.name)
    return _begin(channel, to, said.external_id, account_view(account))


def _is_time(conversation: UUID) -> bool:
    at = time.monotonic()
    with _guard:
        for old in [key for key, told in _told.items() if at - told > PAUSE]:
            del _told[old]
        return _told.setdefault(conversation, at) == at


def _begin(channel: kit.Types, to: kit.Handle, answering: str, account: kit.Account) -> bool:
    global _waiting  # noqa: PLW0603  one count for the process's threads
    with _guard:
        if _waiting >= MOST:
            return False
        _waiting += 1
    _threads.submit(_show, channel, to, answering, account)
    return True


def _show(channel: kit.Types, to: kit.Handle, answering: str, account: kit.Account) -> None:
    global _waiting  # noqa: PLW0603  as above
    try:
        channel.typing(to, answering, account)
    except kit.ChannelError as error:
        log.debug("typing was not shown: %s", error)
    except Exception:
        log.exception("typing was not shown")
    finally:
        with _guard:
            _waiting -= 1
