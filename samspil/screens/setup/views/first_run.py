"""The first run: the organisation is founded and its first colleague becomes administrator. There is exactly one."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from samspil.base.flow import step
from samspil.organisation.actions import found, take_in
from samspil.organisation.actions.structure import AlreadyFounded
from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation, triage_unit
from samspil.screens.setup.ports import offered
from samspil.screens.setup.views.forms import FirstRun


@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    """Ask, and found. Once founded this page is gone (404), also for the one of two who came second."""
    if organisation() is not None:
        raise Http404
    language = translation.get_language() or settings.LANGUAGE_CODE
    form = FirstRun(request.POST or None, code=offered().setup_code(), initial={"language": language[:2]})
    if request.method == "POST" and form.is_valid():
        try:
            colleague = _found(form)
        except AlreadyFounded as error:
            raise Http404 from error
        login(request, colleague, backend=settings.AUTHENTICATION_BACKENDS[0])
        return HttpResponseRedirect(reverse("accounts"))
    status = 422 if form.is_bound else 200
    return render(request, "setup/first_run.html", {"form": form, "brand": ""}, status=status)


def _found(form: FirstRun) -> Colleague:
    given = form.cleaned_data
    with step():
        found(name=given["organisation"], language=given["language"])
        return take_in(
            email=given["email"],
            name=given["name"],
            password=given["password"],
            unit=triage_unit(),
            role=Colleague.Role.ADMIN,
            language=given["language"],
        )
