"""Every address of the pages."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def healthz(_: HttpRequest) -> HttpResponse:
    """Whether this process answers."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("account/", include("allauth.account.urls")),
    path("account/mfa/", include("allauth.mfa.urls")),
    path("", include("samspil.screens.setup.urls")),
    path("consumers/", include("samspil.screens.people.urls")),
    path("matching/", include("samspil.screens.matching.urls")),
    path("settings/rules/", include("samspil.screens.rules.urls")),
    path("segments/", include("samspil.screens.segments.urls")),
    path("", include("samspil.screens.bringing.urls")),
    path("pulse/", include("samspil.screens.pulse.urls")),
    path("organisation/load/", include("samspil.screens.load.urls")),
    path("", include("samspil.screens.arrivals.urls")),
    path("scim/v2/", include("samspil.provision.ui.urls")),
    path("", include("samspil.screens.assist.urls")),
    path("", include("samspil.screens.lists.urls")),
    path("widget/", include("samspil.screens.widget.urls")),
    path("", include("samspil.screens.desk.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("look/", include("samspil.look.urls")))
