"""The web process: `gunicorn smartbill.wsgi`."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartbill.settings")

# Threads here mostly wait for Hacienda or the database. One that wakes up to apply an answer gets the interpreter
# after at most this many seconds, not after the usual 5 ms each time that it comes back from a statement.
sys.setswitchinterval(0.0005)

application = get_wsgi_application()
