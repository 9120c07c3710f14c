"""The least that a service like this one does for a document: a bare REST framework view that signs and stores.

No keys, no rules, no totals, no history, no authority: it reads the body, takes a number, signs as many bytes as a
small invoice has and commits. Served as `benchmarks.minimal:application`; run as a module it makes its tables.
"""

from __future__ import annotations

import json
import os
from typing import Any

import environ
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.conf import settings

DATABASE: dict[str, Any] = environ.Env.db_url_config(os.environ["MINIMAL_DATABASE_URL"])
if DATABASE["ENGINE"].endswith("sqlite3"):
    DATABASE |= {
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }
else:
    DATABASE["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 12}}
settings.configure(
    SECRET_KEY="none",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": DATABASE},
    INSTALLED_APPS=["rest_framework"],
    USE_TZ=True,
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
        "UNAUTHENTICATED_USER": None,
    },
)

import django  # noqa: E402

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PAYLOAD = "x" * 2100  # characters of the payload of an invoice with one line, beside what was sent
TABLES = (
    "CREATE TABLE sequence (name varchar(20) PRIMARY KEY, last bigint NOT NULL)",
    "INSERT INTO sequence (name, last) VALUES ('M001', 0)",
    "CREATE TABLE document (number bigint PRIMARY KEY, payload text NOT NULL, signature text NOT NULL)",
)


class Item(serializers.Serializer[Any]):
    description = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=12, decimal_places=2)
    price = serializers.DecimalField(max_digits=12, decimal_places=2)


class Body(serializers.Serializer[Any]):
    type = serializers.CharField()
    items = Item(many=True)


class Documents(APIView):
    def post(self, request: Request) -> Response:
        body = Body(data=request.data)
        body.is_valid(raise_exception=True)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE sequence SET last = last + 1 WHERE name = 'M001' RETURNING last")
            number = cursor.fetchone()[0]
            payload = json.dumps({"number": number, "items": request.data["items"], "rest": PAYLOAD})
            signature = KEY.sign(payload.encode(), padding.PKCS1v15(), hashes.SHA512()).hex()
            cursor.execute("INSERT INTO document VALUES (%s, %s, %s)", [number, payload, signature])
        return Response({"number": number}, status=201)


urlpatterns = [path("documents", Documents.as_view())]
application = get_wsgi_application()

if __name__ == "__main__":
    with connection.cursor() as making:
        for statement in TABLES:
            making.execute(statement)
