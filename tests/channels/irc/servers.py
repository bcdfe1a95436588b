"""Real IRC servers on loopback, for the tests of this folder: InspIRCd, which speaks IRCv3, and ngIRCd, which does not (Debian: inspircd, ngircd).

Skips with the reason where one is not installed. A :class:`Person` is somebody who sits at one with a program of their own.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

HOST = "127.0.0.1"
PATIENCE = 15.0

NGIRCD = """
[Global]
Name = irc.brand.test
Info = Test
Listen = 127.0.0.1
Ports = {port}
PidFile = {folder}/pid
ServerGID = 0
ServerUID = 0
[Limits]
MaxConnectionsIP = 0
ConnectRetry = 60
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
"""
NGIRCD_TLS = """
[SSL]
CertFile = {folder}/cert.pem
KeyFile = {folder}/key.pem
Ports = {port}
"""
INSPIRCD = """
<server name="irc.brand.test" description="Test" network="BrandNet">
<admin name="a" nick="a" email="a@brand.test">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect allow="*" timeout="20" pingfreq="120" resolvehostnames="no" localmax="50" globalmax="50" useident="no"
  softsendq="8192" hardsendq="1048576" recvq="65536" threshold="50" commandrate="1000000" fakelag="no">
<pid file="{folder}/pid">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{folder}/log">
<options casemapping="rfc1459">
<security runasuser="" runasgroup="">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
<module name="cap"><module name="ircv3"><module name="ircv3_servertime"><module name="ircv3_msgid"><module name="ircv3_ctctags">
<module name="ircv3_echomessage"><module name="ircv3_accounttag"><module name="ircv3_batch"><module name="services_account">
<module name="namesx">
"""


@dataclass(slots=True)
class Server:
    """Which program, and where it is."""

    program: str
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        path = str(self.folder / "conf")
        ngircd = ["ngircd", "-n", "-f", path]
        asked = ngircd if self.program == "ngircd" else ["inspircd", "--nofork", "--runasroot", "--config", path]
        asked[0] = shutil.which(asked[0], path=f"{os.environ['PATH']}:/usr/sbin") or asked[0]
        with (self.folder / "out.log").open("ab") as log:
            self.process = subprocess.Popen(asked, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection((HOST, self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "out.log").read_text())

    def stop(self, *, kill: bool = False) -> None:
        if self.process is not None:
            (self.process.kill if kill else self.process.terminate)()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


@contextmanager
def running(folder: Path, program: str, *, tls: bool = False) -> Iterator[Server]:
    """A server until the context ends; with ``tls`` (ngIRCd alone) its certificate lies in the folder, and nobody vouches for it."""
    if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin") is None:
        pytest.skip(f"{program} is not installed (Debian: {program})")
    if os.geteuid() != 0:
        pytest.skip(f"{program} is started as root here")
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as tried:
        tried.bind((HOST, 0))
        server = Server(program, folder, tried.getsockname()[1])
    text = NGIRCD if program == "ngircd" else INSPIRCD
    if tls:
        text = text.replace("Ports = {port}\n", "Ports = 0\n") + NGIRCD_TLS
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=irc"),
                *("-addext", f"subjectAltName=IP:{HOST}", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
            ],
            check=True,
            capture_output=True,
        )
    (folder / "conf").write_text(text.format(folder=folder, port=server.port))
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Person:
    """Somebody with a plain IRC program."""

    def __init__(self, server: Server, nick: str, user: str = "", *, tags: bool = False) -> None:
        self.nick, self._raw = nick, b""
        self._socket = socket.create_connection((HOST, server.port), 10)
        if tags:
            self.write("CAP REQ :message-tags server-time")
            self.write("CAP END")
        self.write(f"NICK {nick}")
        self.write(f"USER {user or nick} 0 * :{nick}")
        self.sees(" 001 ")

    @property
    def seen(self) -> str:
        return self._raw.decode("utf-8", "replace")

    def write(self, line: str) -> None:
        self._socket.sendall(line.encode() + b"\r\n")

    def sees(self, words: str, seconds: float = 10.0) -> str:
        """Everything seen so far, once the words are in it."""
        end = time.monotonic() + seconds
        self._socket.settimeout(0.2)
        while words not in self.seen and time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                more = self._socket.recv(65536)
                self._raw += more
                for line in more.split(b"\r\n"):
                    if line.startswith(b"PING"):
                        self.write(line.decode().replace("PING", "PONG", 1))
        assert words in self.seen, self.seen
        return self.seen

    def join(self, channel: str) -> None:
        self.write(f"JOIN {channel}")
        self.sees(" 366 ")

    def leave(self) -> None:
        self._socket.close()
