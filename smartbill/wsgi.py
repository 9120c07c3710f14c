"""The web process: `gunicorn smartbill.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartbill.settings")

application = get_wsgi_application()
