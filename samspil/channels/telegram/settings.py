"""The settings of a Telegram account, and the way to Telegram's servers."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from samspil.kit import Account, Field, SignInAgain, TryLater
from samspil.kit.web import Answer, Web

HOME = "https://api.telegram.org"
TOKEN = re.compile(r"(\d{3,20}):[A-Za-z0-9_-]{20,100}", re.ASCII)
REFUSED, TOO_MANY, FAULTS = 401, 429, 500

FIELDS: Sequence[Field] = (
    Field(
        name="token",
        label={"da": "Bottens nøgle", "en": "The bot's token"},
        kind="secret",
        help={
            "da": "Fra @BotFather: tal, kolon og 35 tegn.",
            "en": "From @BotFather: digits, a colon and 35 characters.",
        },
    ),
    Field(
        name="server",
        label={"da": "Server", "en": "Server"},
        kind="url",
        required=False,
        default=HOME,
        help={
            "da": "Kun hvis I selv driver en Bot API-server.",
            "en": "Only if you run a Bot API server of your own.",
        },
    ),
)


def bot(account: Account) -> int:
    """The bot's own id, which is the first part of its token; 0 when the token is none."""
    found = TOKEN.fullmatch(str(account.config.get("token") or ""))
    return int(found[1]) if found else 0


class Refused(Exception):
    """Telegram said no, in its own words; ``code`` is the number that came with it."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


def ask(
    account: Account,
    method: str,
    what: Mapping[str, Any] | None = None,
    *,
    repeatable: bool,
    patience: float = 20.0,
    files: Sequence[tuple[str, tuple[str, Any, str]]] = (),
) -> Any:
    """Call a method of the Bot API; with ``files`` it goes as a form.

    Raises Refused, TryLater (no connection, patience asked for, a token that is not accepted), Uncertain.
    """
    body: dict[str, Any] = {"form": what, "files": files} if files else {"json": what or {}}
    try:
        answer = _web(account).call(
            "POST", f"bot{account.config.get('token')}/{method}", repeatable=repeatable, patience=patience, every=True, **body
        )
    except TryLater as error:
        raise TryLater(hidden(account, str(error)), after=error.after) from None
    return _result(answer)


def load(account: Account, path: str, largest: int) -> bytes:
    """The bytes of a file of which Telegram has told the path. Raises TryLater, Refused."""
    answer = _web(account, largest).call("GET", f"file/bot{account.config.get('token')}/{path}")
    if not answer.ok:
        raise Refused(answer.status, "the file is not there any more")
    return answer.body


def hidden(account: Account, words: str) -> str:
    """Words for a log or a page, without the token."""
    token = str(account.config.get("token") or "")
    return words.replace(token, "…") if token else words


def _web(account: Account, largest: int = 10 * 1024 * 1024) -> Web:
    return Web(base=str(account.config.get("server") or HOME), largest=largest)


def _result(answer: Answer) -> Any:
    try:
        said = answer.json()
    except Exception as error:  # any page of a proxy
        raise TryLater(f"Telegram answered {answer.status} and no JSON") from error
    if not isinstance(said, dict):
        raise TryLater(f"Telegram answered {answer.status} and no object")
    if said.get("ok") is True:
        return said.get("result")
    code, words = said.get("error_code"), str(said.get("description") or answer.status)[:300]
    if code == TOO_MANY:
        parameters = said.get("parameters")
        after = parameters.get("retry_after") if isinstance(parameters, dict) else None
        raise TryLater(f"Telegram asks for patience: {words}", after=float(after) if isinstance(after, (int, float)) else None)
    if code == REFUSED:
        raise SignInAgain("Telegram does not accept the bot's token: give the new one in the settings of the channel")
    if not isinstance(code, int) or code >= FAULTS:
        raise TryLater(f"Telegram: {words}")
    raise Refused(code, words)
