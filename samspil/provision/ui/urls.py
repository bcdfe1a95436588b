"""The address of SCIM."""

from django.urls import path

from samspil.provision.ui.views import scim

urlpatterns = [path("", scim, name="scim"), path("<path:path>", scim, name="scim_path")]
