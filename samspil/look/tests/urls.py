from django.urls import include, path

urlpatterns = [path("look/", include("samspil.look.urls"))]
