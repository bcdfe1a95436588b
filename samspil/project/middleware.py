"""What every request of a colleague brings: language and theme of one's own, being seen, the live process in the CSP."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import translation

from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.organisation.actions import be_seen
from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation
from samspil.project.settings import settings as ours


class Colleagues:
    """Speaks the colleague's language, and leads to the first-run page while there is no organisation."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.founded = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if not self._founded() and not request.path.startswith(("/first-run", "/static", "/healthz", "/widget", "/i18n")):
            return redirect("first_run")
        user = request.user
        if isinstance(user, Colleague):
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
            be_seen(colleague=user.pk, at=now(), last=user.seen_at)
        response = self.get_response(request)
        live = ours().live_address(request.get_host())
        more = getattr(response, "_csp_update", {})
        response._csp_update = {"connect-src": ["'self'", live], **more}  # type: ignore[attr-defined]  # noqa: SLF001  django-csp's own way
        return response

    def _founded(self) -> bool:
        self.founded = self.founded or organisation() is not None
        return self.founded

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say a refusal in words: 404, 403 or 422, as a page or as a line for the script."""
        if not isinstance(error, SamspilError):
            return None
        status = 404 if isinstance(error, NotFound) else 403 if isinstance(error, NotAllowed) else 422
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse({"code": error.code, "message": str(error)}, status=status)
        template = "look/refusal.html" if request.headers.get("HX-Request") else f"{status if status != 422 else 400}.html"  # noqa: PLR2004
        context: dict[str, Any] = {"error": error, "code": error.code, "debug": settings.DEBUG}
        return render(request, template, context, status=status)
