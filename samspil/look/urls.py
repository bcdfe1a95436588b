"""The gallery, to be included under any prefix; every view of it is a 404 unless DEBUG."""

from django.urls import path

from samspil.look import views

app_name = "look"
urlpatterns = [
    path("", views.gallery, name="gallery"),
    path("palette", views.palette, name="palette"),
    path("suggestions", views.suggestions, name="suggestions"),
]
