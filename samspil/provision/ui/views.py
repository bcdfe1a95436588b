"""The door for SCIM clients: a token and nothing else opens it, and every answer is SCIM's."""

import json
import logging
import time
from http import HTTPStatus

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from scim2_models import PayloadTooLargeException, SCIMException, UnauthorizedException
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import SCIM_MEDIA_TYPE, ScimResponse
from scim2_server.service import ScimService

from samspil.base import counters
from samspil.base.clock import now
from samspil.provision.actions.tokens import token_of
from samspil.provision.models import Token
from samspil.provision.rules.scim import entra_shapes, provider
from samspil.provision.ui.storage import Storage

log = logging.getLogger(__name__)
LARGEST = 1_000_000
"""Bytes of a body: a group of ten thousand members."""
PER_MINUTE = 1500
"""Requests of one token."""
WRONG_PER_MINUTE = 30
"""Requests without a good token from one address."""
_service = ScimService(provider())


@csrf_exempt
@never_cache
def scim(request: HttpRequest, path: str = "") -> HttpResponse:
    """Answer one request of a SCIM client."""
    try:
        token = _token(request)
        if token is None:
            counters.count("limited.scim")
            return _too_fast()
        response = ScimHandler(_service, Storage(token)).handle(_read(request, path))
    except SCIMException as error:
        if isinstance(error, UnauthorizedException | PayloadTooLargeException):
            counters.count("refused.scim")
        response = _service.error_response(error)
    except Exception as error:
        log.exception("SCIM: %s", type(error).__name__)
        response = _service.error_response(error)
    return _answer(response)


def _token(request: HttpRequest) -> Token | None:
    """Whose token it is; None where too many came. Raises UnauthorizedException."""
    scheme, _sign, secret = request.headers.get("Authorization", "").partition(" ")
    found = token_of(secret=secret.strip(), at=now()) if scheme.lower() == "bearer" and 0 < len(secret) < 300 else None  # noqa: PLR2004
    who = str(found.pk) if found else request.META.get("REMOTE_ADDR", "")
    if _count(who) > (PER_MINUTE if found else WRONG_PER_MINUTE):
        return None
    if found is None:
        raise UnauthorizedException
    return found


def _count(who: str) -> int:
    key = f"scim:{who}:{int(time.time() // 60)}"
    cache.add(key, 0, timeout=120)
    return int(cache.incr(key))


def _too_fast() -> HttpResponse:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "429", "detail": "Too many requests"}
    return JsonResponse(body, status=HTTPStatus.TOO_MANY_REQUESTS, content_type=SCIM_MEDIA_TYPE, headers={"Retry-After": "60"})


def _read(request: HttpRequest, path: str) -> ScimRequest:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        raise PayloadTooLargeException
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise PayloadTooLargeException
    if request.method == "PATCH":
        body = _plain(body)
    return ScimRequest(
        method=request.method or "GET",
        base_url=request.build_absolute_uri("/scim/v2"),
        path=f"/{path}",
        query=request.GET.dict(),
        headers=dict(request.headers),
        body=body,
    )


def _plain(body: bytes) -> bytes:
    try:
        return json.dumps(entra_shapes(json.loads(body))).encode()
    except (ValueError, RecursionError):
        return body


def _answer(response: ScimResponse) -> HttpResponse:
    body = b"" if response.body is None else json.dumps(response.body, default=str).encode()
    answer = HttpResponse(body, status=response.status)
    for name, value in response.headers.items():
        answer[name] = value
    return answer
