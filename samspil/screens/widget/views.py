"""The page on which a colleague tries a web chat account, as on a page of others."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from samspil.base.errors import NotFound
from samspil.intake.queries import account as account_of
from samspil.intake.queries import capabilities
from samspil.screens.widget.ports import live_address


@login_required
@require_GET
def try_it(request: HttpRequest, account: UUID) -> HttpResponse:
    """The script with the account's id, and the line to copy into one's own pages. 404 for an account without a widget."""
    row = account_of(account)
    if not capabilities(row).widget:
        raise NotFound("this account has no chat window")
    live = live_address(request.get_host())
    response = render(request, "widget/try.html", {"account": row, "live": live, "title": row.name})
    response._csp_update = {"script-src": ["'self'", live]}  # type: ignore[attr-defined]  # noqa: SLF001 - django-csp's own way
    return response
