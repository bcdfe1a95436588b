"""Meta's stand-in, and accounts that lead to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from samspil.channels._meta.graph import start_anew
from tests.channels.meta.graph_api import APP, INSTAGRAM, PAGE, PHONE, SECRET, TOKEN, VERIFY, WABA, GraphApi, serve


@pytest.fixture
def graph() -> Iterator[GraphApi]:
    start_anew()
    made, server = serve()
    made.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield made
    server.shutdown()
    server.server_close()
    start_anew()


@pytest.fixture
def config(graph: GraphApi) -> dict[str, Any]:
    """The settings of all three channels; each takes its own."""
    return {
        "access_token": TOKEN, "app_id": APP, "app_secret": SECRET, "verify_token": VERIFY, "server": graph.address, "version": "v23.0",
        "phone_number_id": PHONE, "waba_id": WABA, "business_id": "506914307656634", "page_id": PAGE, "ig_id": INSTAGRAM,
    }  # fmt: skip
