"""Who a key is."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import key_of
from accounts.models import Environment, Role
from accounts.problem_schema import problems


class Me(APIView):
    @extend_schema(
        operation_id="me",
        summary="Merchant, role and environment of the key",
        tags=["Keys"],
        responses={
            200: inline_serializer(
                "Me",
                {
                    "merchant": inline_serializer(
                        "MerchantSummary",
                        {
                            "name": serializers.CharField(),
                            "trade_name": serializers.CharField(allow_null=True),
                            "tax_id": serializers.CharField(),
                            "registration": serializers.CharField(),
                            "country": serializers.CharField(),
                            "establishments": inline_serializer(
                                "EstablishmentSummary",
                                {
                                    "code": serializers.CharField(),
                                    "points_of_sale": serializers.ListField(child=serializers.CharField()),
                                },
                                many=True,
                            ),
                        },
                    ),
                    "role": serializers.ChoiceField(choices=Role.values),
                    "environment": serializers.ChoiceField(choices=Environment.values),
                    "key": inline_serializer(
                        "KeySummary", {"name": serializers.CharField(), "public_key": serializers.CharField()}
                    ),
                },
            ),
            **problems(401, 429),
        },
    )
    def get(self, request: Request) -> Response:
        key = key_of(request)
        merchant = key.merchant
        places = merchant.establishments.prefetch_related("points_of_sale")
        return Response(
            {
                "merchant": {
                    "name": merchant.name,
                    "trade_name": merchant.trade_name or None,
                    "tax_id": merchant.tax_id,
                    "registration": merchant.registration,
                    "country": merchant.country,
                    "establishments": [
                        {
                            "code": shop.code,
                            "points_of_sale": [point.code for point in shop.points_of_sale.all()],
                        }
                        for shop in places
                    ],
                },
                "role": key.role,
                "environment": key.environment,
                "key": {"name": key.name, "public_key": key.public_key},
            }
        )
