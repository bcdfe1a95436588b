"""Addresses of this screen; those of visitors are the live process's."""

from django.urls import path

from samspil.screens.widget import views

urlpatterns = [path("try/<uuid:account>", views.try_it, name="try_widget")]
