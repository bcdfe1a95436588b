"""A real Dovecot (IMAP, LMTP) and Postfix (SMTP) on loopback with free ports, all under one folder, for any test that wants them.

    from tests.channels.mail.servers import mail_servers  # a session fixture

Needs the Debian packages dovecot-imapd, dovecot-lmtpd and postfix, and root (Postfix's master insists); skips with the reason
otherwise.
Postfix delivers to Dovecot over LMTP; ``forsvundet@forbruger.test`` is known to Postfix and not to Dovecot, so that a mail to it
is taken and then bounces with a real report. Addresses with +anything arrive.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "pw"
DOVECOT = Path("/usr/sbin/dovecot")
POSTFIX = Path("/usr/sbin/postfix")


@dataclass(frozen=True, slots=True)
class MailServers:
    """Where to sign in; every user's password is ``password``."""

    host: str
    imap_port: int
    smtp_port: int
    lmtp_port: int
    folder: Path
    users: tuple[str, ...] = (
        "support@brand.test", "salg@brand.test", "bo@brand.test", "jonas@brand.test", "kunde@forbruger.test", "karla@forbruger.test",
    )  # fmt: skip
    password: str = PASSWORD
    vanished: str = "forsvundet@forbruger.test"
    unknown: str = "ukendt@forbruger.test"


def missing() -> str:
    """Why the servers cannot run here; "" when they can."""
    if not DOVECOT.exists() or not Path("/usr/lib/dovecot/lmtp").exists():
        return "dovecot-imapd and dovecot-lmtpd are not installed"
    if not POSTFIX.exists():
        return "postfix is not installed"
    return "" if os.geteuid() == 0 else "Postfix's master process needs root"


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _dovecot(folder: Path, imap: int, lmtp: int) -> Path:
    home = folder / "dove"
    home.mkdir(mode=0o755)
    users = MailServers("", 0, 0, 0, folder).users
    (home / "users").write_text("".join(f"{user}:{{PLAIN}}{PASSWORD}\n" for user in users))
    conf = home / "dovecot.conf"
    conf.write_text(f"""
base_dir = {home}/base
state_dir = {home}/state
log_path = {home}/log
listen = 127.0.0.1
protocols = imap lmtp
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail/%d/%n
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
first_valid_gid = 1
recipient_delimiter = +
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
}}
passdb {{
  driver = passwd-file
  args = username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%d/%n
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  client_limit = 300
}}
service stats {{
  client_limit = 300
}}
protocol lmtp {{
  auth_username_format = %Lu
  postmaster_address = postmaster@brand.test
}}
""")
    return conf


def _postfix(folder: Path, smtp: int, lmtp: int) -> Path:
    etc = folder / "pf" / "etc"
    for one in ("spool", "data", "etc/dynamicmaps.cf.d", "etc/postfix-files.d"):
        (folder / "pf" / one).mkdir(parents=True, mode=0o755)
    shutil.chown(folder / "pf" / "data", "postfix")
    plan = MailServers("", 0, 0, 0, folder)
    (etc / "vmaps").write_text("".join(f"{user} x\n" for user in (*plan.users, plan.vanished)))
    (etc / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {folder}/pf/spool
data_directory = {folder}/pf/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.brand.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = brand.test forbruger.test
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
virtual_mailbox_maps = texthash:{etc}/vmaps
recipient_delimiter = +
smtputf8_enable = yes
message_size_limit = 209715200
virtual_mailbox_limit = 0
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
default_transport = error:no outside mail from this test host
maillog_file = {folder}/pf/maillog
maillog_file_prefixes = {folder}
alias_maps =
alias_database =
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
""")
    master = Path("/etc/postfix/master.cf").read_text()
    master = re.sub(r"(?m)^smtp      inet  n.*", f"127.0.0.1:{smtp} inet n - n - - smtpd", master)
    # No chroot: nothing is copied into it here.
    master = re.sub(r"(?m)^([a-z0-9.:-]* *(?:inet|unix|fifo|unix-dgram) *[-yn] *[-yn] *)y", r"\1n", master)
    if "postlog" not in master:
        master += "postlog unix-dgram n - n - 1 postlogd\n"
    (etc / "master.cf").write_text(master)
    for name in ("dynamicmaps.cf", "postfix-files"):
        if Path("/etc/postfix", name).exists():
            shutil.copy(Path("/etc/postfix", name), etc / name)
    return etc


def _wait_for(port: int, seconds: float, log: Path) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}: {log.read_text()[-2000:] if log.exists() else 'no log'}")


def _run(*command: str | Path) -> None:
    # No pipes: the daemons keep them open, and the wait would never end. What they say is in their logs.
    subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60
    )


def _stop(folder: Path) -> None:
    _run(POSTFIX, "-c", folder / "pf" / "etc", "stop")
    _run(DOVECOT, "-c", folder / "dove" / "dovecot.conf", "stop")
    shutil.rmtree(folder, ignore_errors=True)


def _stop_abandoned() -> None:
    """Stop the servers of a test run that was killed: the daemons outlive it."""
    for owner in Path("/tmp").glob("samspil-mail-*/owner"):  # noqa: S108 - where running() makes them
        if not Path("/proc", owner.read_text()).exists():
            _stop(owner.parent)


@contextlib.contextmanager
def running() -> Iterator[MailServers]:
    """Both servers, stopped and removed at the end."""
    _stop_abandoned()
    folder = Path(tempfile.mkdtemp(prefix="samspil-mail-", dir="/tmp"))
    folder.chmod(0o755)
    imap, smtp, lmtp = free_ports(3)
    (folder / "mail").mkdir(mode=0o755)
    shutil.chown(folder / "mail", "mail", "mail")
    conf, etc = _dovecot(folder, imap, lmtp), _postfix(folder, smtp, lmtp)
    (folder / "owner").write_text(str(os.getpid()))
    try:
        _run(DOVECOT, "-c", conf)
        _run(POSTFIX, "-c", etc, "start")
        _wait_for(imap, 20, folder / "dove" / "log")
        _wait_for(smtp, 20, folder / "pf" / "maillog")
        yield MailServers("127.0.0.1", imap, smtp, lmtp, folder)
    finally:
        _stop(folder)


@pytest.fixture(scope="session")
def mail_servers() -> Iterator[MailServers]:
    """Real mail servers for the whole run."""
    if reason := missing():
        pytest.skip(reason)
    with running() as servers:
        yield servers
