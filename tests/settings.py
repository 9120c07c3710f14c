"""Settings of the test suite: the real ones, in a folder of their own, without slow hashes or files on disk."""

import os
import tempfile
from importlib import import_module

os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="smartbill-tests-"))
os.environ["METRICS_DIR"] = tempfile.mkdtemp(prefix="smartbill-figures-")  # each process of a suite counts for itself
real = import_module("smartbill.settings")
globals().update({name: value for name, value in vars(real).items() if name.isupper()})

# The storage for static files warns of a folder that is not there.
real.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
AXES_ENABLED = False
DATABASES = real.DATABASES
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads share it as processes do, with the same locks.
    DATABASES["default"]["TEST"] = {"NAME": real.DATA_DIR / "tests.sqlite3"}
    # Nothing in it outlives the run, so no test waits for a disk. What the real settings ask for is tried end to end.
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
