"""An SMTP server of few lines that answers as it is told, also by hanging up, which no real server does on request."""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self


class FakeSmtp:
    """``answers`` maps a verb ("MAIL", "RCPT", "DATA", ".") to the answer; "" hangs up. ``mail`` is what came after DATA."""

    def __init__(self, answers: Mapping[str, str] | None = None, extensions: tuple[str, ...] = ("8BITMIME", "SMTPUTF8")) -> None:
        self.answers, self.extensions = dict(answers or {}), extensions
        self.commands: list[str] = []
        self.mail = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a waiting accept
        self._socket.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except OSError:
            return
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"220 fake\r\n")
            stream.flush()
            while line := stream.readline():
                verb = line.split(b" ")[0].strip().upper().decode()
                self.commands.append(line.decode().strip())
                if verb == "EHLO":
                    words = ["fake", *self.extensions]
                    answer = "\r\n".join(f"250{'-' if one is not words[-1] else ' '}{one}" for one in words)
                else:
                    answer = self.answers.get(verb, {"DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 ok"))
                if not answer:
                    return
                stream.write(answer.encode() + b"\r\n")
                stream.flush()
                if verb == "DATA" and answer.startswith("354"):
                    while (data := stream.readline()) not in {b".\r\n", b""}:
                        self.mail += data[1:] if data.startswith(b".") else data
                    if not (end := self.answers.get(".", "250 2.0.0 queued as 1")):
                        return
                    stream.write(end.encode() + b"\r\n")
                    stream.flush()
