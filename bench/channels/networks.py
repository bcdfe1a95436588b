"""The networks that the bench talks on, each with a real server and the clients of two people there."""

import itertools
import smtplib
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from bench.channels.fediverse import fedifies, snacs
from bench.channels.talk import Heard, Looking, Network, caller

Starter = Callable[[ExitStack, Path], list[Network]]


def mail(stack: ExitStack, _folder: Path) -> list[Network]:
    """Dovecot and Postfix: a mail is handed over by SMTP, and a client waits for it with IDLE."""
    import pytest

    from samspil.intake.actions import connect
    from tests.channels.mail.servers import missing, running

    if why := missing():
        pytest.skip(why)
    servers = stack.enter_context(running())
    numbers = itertools.count()

    def send(sender: str, to: str) -> Callable[[str], None]:
        def sent(text: str) -> None:
            ident = f"{next(numbers)}.{sender}"
            mail = f"From: <{sender}>\r\nTo: {to}\r\nSubject: Cykel\r\nMessage-ID: <{ident}>\r\n\r\n{text}\r\n"
            with smtplib.SMTP(servers.host, servers.smtp_port) as client:
                client.sendmail(sender, [to], mail)

        return sent

    def box(user: str) -> Callable[[], str]:
        from imap_tools import MailBoxUnencrypted

        from samspil.channels.mail.pull import _Idle  # the library's own loses news that come together with "go on"

        mailbox = MailBoxUnencrypted(servers.host, servers.imap_port).login(user, servers.password)
        seen: set[str] = set()

        def look() -> str:
            mailbox.client.untagged_responses.pop("EXISTS", None)  # what is told from here on came after this look
            fresh = [uid for uid in mailbox.uids() if uid not in seen]
            if not fresh:
                idle = _Idle(mailbox)
                if not idle.start():
                    idle.poll(timeout=20)
                idle.stop()
                return ""
            seen.update(fresh)
            return " ".join(one.text + one.html for one in mailbox.fetch(f"UID {','.join(fresh)}", mark_seen=False))

        return look

    config = {
        "address": "support@brand.test", "imap_host": servers.host, "imap_port": servers.imap_port, "password": servers.password,
        "smtp_host": servers.host, "smtp_port": servers.smtp_port, "no_tls": True,
    }  # fmt: skip
    row = connect(channel="mail", name="Mail", config=config, own=["support@brand.test"])
    kunde, karla = "kunde@forbruger.test", "karla@forbruger.test"
    return [
        Network(
            name="mail",
            server="Dovecot and Postfix",
            account=row.pk,
            say=send(kunde, "support@brand.test"),
            client=Looking(box(kunde)),
            apart=send(kunde, karla),
            other=Looking(box(karla)),
            spread=frozenset({"in", "out", "alone"}),
            note="IDLE on both sides; Dovecot waits half a second before it tells",
        )
    ]


def matrix(stack: ExitStack, folder: Path) -> list[Network]:
    """Synapse with SQLite: a client waits with /sync."""
    from samspil.intake.actions import connect
    from tests.channels.matrix.synapse import API, Person, running

    server = stack.enter_context(running(folder))
    shop, karoline, mads = (server.person(name) for name in ("butik", "karoline", "mads"))
    row = connect(channel="matrix", name="Butik", config={"server": server.url, "user": shop.user, "access_token": shop.token})
    room, apart = karoline.room_with(shop.user), karoline.room_with(mads.user)
    mads.join(apart)

    write = caller(karoline.url, karoline.token)

    def says(where: str) -> Callable[[str], None]:
        def say(text: str) -> None:
            write("PUT", f"{API}/rooms/{quote(where)}/send/m.room.message/{text}", json={"msgtype": "m.text", "body": text})

        return say

    def syncs(person: Person) -> Callable[[], str]:
        call = caller(person.url, person.token)
        since: dict[str, str] = {}

        def look() -> str:
            found = call("GET", f"{API}/sync", params={"timeout": "20000" if since else "0", **since})
            since["since"] = found["next_batch"]
            events = [one for joined in found.get("rooms", {}).get("join", {}).values() for one in joined["timeline"]["events"]]
            return " ".join(str(one["content"].get("body")) for one in events)

        return look

    return [
        Network(
            name="matrix",
            server="Synapse 1.163 with SQLite",
            account=row.pk,
            say=says(room),
            client=Looking(syncs(karoline)),
            apart=says(apart),
            other=Looking(syncs(mads)),
            note="/sync on both sides",
        )
    ]


def xmpp(stack: ExitStack, folder: Path) -> list[Network]:
    """Prosody: clients stay connected."""
    from samspil.channels.xmpp.settings import settings_of
    from samspil.intake.actions import connect
    from samspil.kit import Account
    from tests.channels.xmpp.prosody import DOMAIN, HOST, PASSWORD, running

    server = stack.enter_context(running(folder / "p", ("support", "kunde", "anden")))

    def config(user: str) -> dict[str, Any]:
        return {"address": f"{user}@{DOMAIN}", "password": PASSWORD, "host": HOST, "port": server.port, "no_tls": True}

    def person(user: str) -> tuple[Callable[[str], Callable[[str], None]], Heard]:
        from samspil.channels.xmpp.connection import Connection

        heard = Heard()

        def prepare(link: Connection) -> None:
            link.client.add_event_handler("message", lambda message: heard.note(message["body"]))
            link.client.add_event_handler("session_start", lambda _: link.client.send_presence())

        settings = settings_of(Account(id=user, name=user, config=config(user), key=bytes(32), own=frozenset()))
        link = Connection(settings, "telefon", prepare)
        link.open()
        stack.callback(link.close)

        async def hand_over(to: str, text: str) -> None:
            link.client.send_message(mto=f"{to}@{DOMAIN}", mbody=text, mtype="chat")

        return (lambda to: lambda text: link.run(hand_over(to, text))), heard

    row = connect(channel="xmpp", name="XMPP", config=config("support"), own=[f"support@{DOMAIN}"])
    (say, client), (_, other) = person("kunde"), person("anden")
    return [
        Network(
            name="xmpp",
            server="Prosody 0.12",
            account=row.pk,
            say=say("support"),
            client=client,
            apart=say("anden"),
            other=other,
        )
    ]


def irc(program: str) -> Starter:
    """InspIRCd or ngIRCd: private lines."""

    def start(stack: ExitStack, folder: Path) -> list[Network]:
        import time

        from samspil.intake.actions import connect
        from tests.channels.irc.servers import HOST, Person, running

        server = stack.enter_context(running(folder / "s", program))
        config = {"server": HOST, "port": server.port, "nick": "butik", "channels": "#cykler", "no_tls": True}
        row = connect(channel="irc", name=program, config=config)

        def listening(person: Person) -> Looking:
            place = 0

            def look() -> str:
                nonlocal place
                with suppress(AssertionError):
                    person.sees("\0", 0.01)
                fresh, place = person.seen[max(0, place - 20) :], len(person.seen)
                return fresh

            return Looking(look)

        karoline, mads = Person(server, "karoline"), Person(server, "mads")
        for _ in range(100):  # we come when the runners have seen the account
            karoline.write("ISON butik")
            with suppress(AssertionError):
                karoline.sees("303 karoline :butik", 0.3)
                break
            time.sleep(0.2)
        return [
            Network(
                name=program,
                server={"inspircd": "InspIRCd 3.15", "ngircd": "ngIRCd 26.1"}[program],
                account=row.pk,
                say=lambda text: karoline.write(f"PRIVMSG butik :{text}"),
                client=listening(karoline),
                apart=lambda text: karoline.write(f"PRIVMSG mads :{text}"),
                other=listening(mads),
                spread=frozenset({"out"}),
                gap=(4.1, 4.9),
                most_out=25,
                note="we write four lines at once and then one in two seconds, as servers ask; an answer is two lines, one asks who has the name",
            )
        ]

    return start


def bluesky(stack: ExitStack, folder: Path) -> list[Network]:
    """The whole network as its makers try it: clients and we ask for notifications."""
    import psycopg

    from samspil.intake.actions import connect
    from samspil.project.settings import settings
    from tests.channels.bluesky.network import running
    from tests.channels.bluesky.pds import Person, join

    parts = urlsplit(settings().database_dsn())
    with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench_bluesky")
    url = stack.enter_context(running(folder, parts._replace(path="/bench_bluesky").geturl()))
    butik, karoline, mads = (join(url, name) for name in ("butik", "karoline", "mads"))
    config = {"server": url, "identifier": butik.handle, "app_password": butik.app_password(), "direct_messages": False}
    row = connect(channel="bluesky", name="Bluesky", config=config, own=[butik.handle])

    write = caller(url, karoline.token)

    def says(to: Person) -> Callable[[str], None]:
        def say(text: str) -> None:
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": to.did}
            place = {"byteStart": 0, "byteEnd": len(f"@{to.handle}")}
            record = {
                "$type": "app.bsky.feed.post", "text": f"@{to.handle} {text}", "facets": [{"index": place, "features": [feature]}],
                "createdAt": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            }  # fmt: skip
            body = {"repo": karoline.did, "collection": record["$type"], "record": record}
            write("POST", "/xrpc/com.atproto.repo.createRecord", json=body)

        return say

    def told(person: Person) -> Callable[[], str]:
        call = caller(url, person.token)

        def look() -> str:
            found = call("GET", "/xrpc/app.bsky.notification.listNotifications", params={"limit": 20})
            return " ".join(str(one["record"].get("text")) for one in found["notifications"])

        return look

    return [
        Network(
            name="bluesky",
            server="@atproto/dev-env 0.3.215 (PLC, PDS, AppView)",
            account=row.pk,
            say=says(butik),
            client=Looking(told(karoline), 0.1),
            apart=says(mads),
            other=Looking(told(mads), 0.1),
            spread=frozenset({"in"}),
            note="we look every 20 seconds, their clients every tenth of a second",
        )
    ]


STARTERS: Mapping[str, Starter] = {
    "mail": mail,
    "matrix": matrix,
    "xmpp": xmpp,
    "inspircd": irc("inspircd"),
    "ngircd": irc("ngircd"),
    "snac": snacs,
    "fedify": fedifies,
    "bluesky": bluesky,
}
"""Each gives the networks of one folder of servers, and leaves on the stack what ends them."""
