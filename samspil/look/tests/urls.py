from django.urls import include, path

from samspil.look.tests import live_double

urlpatterns = [
    path("look/", include("samspil.look.urls")),
    path("look/live/page", live_double.page),
    path("look/live/events", live_double.events),
    path("look/live/pulse", live_double.pulse),
    path("look/live/push", live_double.push),
    path("look/live/streams", live_double.streams),
]
