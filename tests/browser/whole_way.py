"""What the journeys of test_whole_way.py share: the organisation, real mailboxes, a shop's page, the clocks in the browsers."""

import http.server
import imaplib
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from uuid import uuid4

from tests.channels.mail.servers import MailServers

SECRET = "cykelkurv-i-regn"
SUPPORT = "support@brand.test"
UNDO = 2
PATIENCE = 60.0

# In the page of the desk: when each line of the timeline, and each row, came to stand there; when the server's word was heard.
DESK_CLOCK = """
window.told = []; window.delays = [];
document.addEventListener("live:changed", () => { window.heard ??= performance.now(); });
addEventListener("DOMContentLoaded", () => new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) {
    if (!node.matches?.("#rows > [data-row], #timeline > li")) continue;
    window.told.push([node.parentElement?.id, node.textContent, performance.timeOrigin + performance.now()]);
    if (window.heard) { window.delays.push(performance.now() - window.heard); window.heard = undefined; }
  }
}).observe(document.body, { childList: true, subtree: true }));
"""
# In the page of the shop: when each message was posted; when each answer came to stand in the window.
SHOP_CLOCK = """
window.posts = []; window.seen = [];
const fetchIt = window.fetch;
window.fetch = (address, options) => {
  if (options?.method === "POST" && String(address).includes("/in/"))
    window.posts.push([String(options.body), performance.timeOrigin + performance.now()]);
  return fetchIt(address, options);
};
window.watchWindow = () => new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes)
    if (node.nodeType === 1) window.seen.push([node.textContent, performance.timeOrigin + performance.now()]);
}).observe(document.querySelector("samspil-chat").shadowRoot, { childList: true, subtree: true });
"""


def founded(*, imap_port: int, smtp_port: int, password: str) -> dict[str, str]:
    """In the installation: the organisation, Mette, a mailbox on real servers, a chat. The chat's id."""
    from samspil.intake.actions import connect
    from samspil.organisation.actions import found, take_in
    from samspil.organisation.models import Organisation

    found(name="Nordlys", language="da")
    Organisation.objects.update(undo_seconds=UNDO)
    take_in(email="mette@nordlys.example", name="Mette Krogh", password=SECRET, role="admin")
    config = {
        "address": SUPPORT,
        "imap_host": "127.0.0.1",
        "imap_port": imap_port,
        "password": password,
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp_port,
        "no_tls": True,
        "plus_addressing": True,
    }
    connect(channel="mail", name="Nordlys", config=config, own=[SUPPORT])
    chat = connect(channel="webchat", name="Nordlys", config={"origins": "*"})
    return {"chat": str(chat.pk)}


def replies(*, text: str) -> list[tuple[str, float, str]]:
    """In the installation: state, time to leave (seconds since 1970) and text of the replies whose text begins so."""
    from samspil.reply.models import Reply

    rows = Reply.objects.filter(text__startswith=text).order_by("written_at", "id")
    return [(r.state, r.send_at.timestamp(), r.text) for r in rows]


def counts() -> dict[str, int]:
    """In the installation: how much there is of what must not be doubled, and what went wrong."""
    from samspil.conversation.models import Conversation
    from samspil.intake.models import Envelope, Interaction
    from samspil.reply.models import Reply

    return {
        "conversations": Conversation.objects.filter(merged_into=None).count(),
        "messages": Interaction.objects.filter(outgoing=False, kind="message").count(),
        "replies": Reply.objects.count(),
        "not understood": Envelope.objects.exclude(state__in=("understood", "empty")).count(),
    }


class Mailbox:
    """A consumer's own mailbox: writes by SMTP, reads by IMAP."""

    def __init__(self, servers: MailServers, address: str) -> None:
        self.servers, self.address = servers, address

    def write(self, text: str, *, name: str, subject: str, to: str = SUPPORT, answer_to: EmailMessage | None = None) -> str:
        """Send a mail; its Message-ID. An answer goes where the mail answered asks for, in its thread."""
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"], mail["Subject"] = f"{name} <{self.address}>", subject
        mail["To"] = (answer_to["Reply-To"] or answer_to["From"]) if answer_to else to
        mail["Message-ID"] = f"<{uuid4().hex}@forbruger.test>"
        if answer_to:
            mail["In-Reply-To"] = answer_to["Message-ID"]
            mail["References"] = f"{answer_to['References'] or ''} {answer_to['Message-ID']}".strip()
        mail.set_content(text)
        with smtplib.SMTP(self.servers.host, self.servers.smtp_port, timeout=30) as client:
            client.send_message(mail, self.address, [mail["To"].addresses[0].addr_spec])
        return str(mail["Message-ID"])

    def mails(self) -> list[EmailMessage]:
        """Everything in the inbox, oldest first."""
        with imaplib.IMAP4(self.servers.host, self.servers.imap_port, timeout=30) as client:
            client.login(self.address, self.servers.password)
            client.select("INBOX", readonly=True)
            found = []
            for number in client.search(None, "ALL")[1][0].split():
                data = client.fetch(number.decode(), "(BODY.PEEK[])")[1]
                found.append(message_from_bytes(data[0][1], policy=policy.default))
            return found

    def arrived(self, number: int) -> EmailMessage:
        """The newest mail, once there are exactly so many."""
        end = time.monotonic() + PATIENCE
        while len(found := self.mails()) < number:
            assert time.monotonic() < end, f"{len(found)} of {number} mails in {self.address}"
            time.sleep(0.1)
        assert len(found) == number
        return found[-1]


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return


@contextmanager
def shop(folder: Path, live: str, chat: str) -> Iterator[str]:
    """A page of another origin with the chat on it; its address."""
    policy_ = f"default-src 'none'; script-src {live}; connect-src {live}; style-src 'unsafe-inline'; img-src 'self'"
    (folder / "favicon.ico").write_bytes(b"")
    (folder / "butik.html").write_text(
        '<!doctype html><html lang="da"><head><meta charset="utf-8"><title>Butik</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy_}">'
        "<style>body { font: 16px/1.5 system-ui; margin: 3rem; color: #223 }</style></head>"
        "<body><h1>Lygter til cykler</h1><p>Alt til den mørke tid.</p>"
        f'<script src="{live}/widget/chat.js" data-account="{chat}" defer></script></body></html>'
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/butik.html"
    finally:
        server.shutdown()
        server.server_close()


def until(true: Callable[[], bool], what: str, *, patience: float = PATIENCE) -> None:
    """Wait for it, with a busy machine's patience (seconds)."""
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.1)
