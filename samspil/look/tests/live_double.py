"""A live server in memory: what the scripts are tried against. One process, one log, ids from 1."""

import json
import threading
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render

LOG: list[tuple[str, dict[str, object]]] = []
BELL = threading.Condition()
OPEN: list[object] = []


def page(request: HttpRequest) -> HttpResponse:
    """A page whose HTML is true to all that has happened so far; `?stream=0` has an address with no stream behind it."""
    stream = "/look/live/events" if request.GET.get("stream", "1") == "1" else "/look/live/nowhere"
    context = {"live_url": stream, "pulse_url": "/look/live/pulse", "live_after": len(LOG), "live_kinds": "typing"}
    return render(request, "look/base.html", context)


def push(request: HttpRequest) -> HttpResponse:
    with BELL:
        LOG.append((request.GET.get("kind", "changed"), {"said": request.GET.get("said", "")}))
        BELL.notify_all()
    return HttpResponse(status=204)


def events(request: HttpRequest) -> StreamingHttpResponse:
    after = int(request.headers.get("Last-Event-ID") or request.GET.get("after") or 0)

    def lines() -> Iterator[bytes]:
        seen, ticket = after, object()
        OPEN.append(ticket)
        try:
            yield b"retry: 300\n\n"
            while True:
                with BELL:
                    BELL.wait_for(lambda known=seen: len(LOG) > known, timeout=0.5)
                    fresh = LOG[seen:]
                yield b": still here\n\n"
                for kind, data in fresh:
                    seen += 1
                    named = (
                        f"event: {kind}\ndata: {json.dumps(data)}"
                        if kind == "typing"
                        else f"data: {json.dumps({'kind': kind, 'data': data})}"
                    )
                    yield f"id: {seen}\n{named}\n\n".encode()
        finally:
            OPEN.remove(ticket)

    return StreamingHttpResponse(lines(), content_type="text/event-stream", headers={"Content-Encoding": "identity"})


def pulse(request: HttpRequest) -> JsonResponse:
    after = int(request.GET.get("after") or 0)
    found = [{"id": after + place, "kind": kind, "data": data} for place, (kind, data) in enumerate(LOG[after:], 1)]
    return JsonResponse({"last": len(LOG), "events": found})


def streams(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"open": len(OPEN)})
