"""Pages, API and administration under WSGI."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "samspil.project.django_settings")
application = get_wsgi_application()
