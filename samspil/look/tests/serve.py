"""The gallery on a free loopback port: `python -m samspil.look.tests.serve` prints the address and runs until its input ends."""

import os
import sys
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


def serve() -> tuple[Server, str]:
    """The gallery on a free port of the loopback; shut it down by `.shutdown()`."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "samspil.look.tests.settings"
    from django.core.wsgi import get_wsgi_application

    server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}/look/"


if __name__ == "__main__":
    running, address = serve()
    sys.stdout.write(address + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    running.shutdown()
