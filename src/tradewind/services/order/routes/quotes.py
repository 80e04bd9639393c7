"""Quotes over HTTP."""

from __future__ import annotations

from tradewind.kernel.errors import Invalid
from tradewind.kernel.http import PUBLIC, Call, Route
from tradewind.services.order.deps import Deps
from tradewind.services.order.shapes.quotes import PriceQuote, QuoteRequest
from tradewind.services.order.use_cases.quote_lines import quote_lines


async def post_quote(deps: Deps, call: Call[QuoteRequest, None]) -> PriceQuote:
    return await quote_lines(deps, call.principal, call.body)


QUOTE_ROUTES = (
    Route(
        "POST",
        "/v1/quotes",
        post_quote,
        PUBLIC,
        "What lines would cost at an address, without a cart",
        answer=PriceQuote,
        body=QuoteRequest,
        keyed=False,
        errors=(
            (Invalid, "sku_not_for_sale"),
            (Invalid, "currency_unknown"),
            (Invalid, "pickup_unknown"),
            (Invalid, "quantity_too_large"),
        ),
        example={"lines": [{"sku": "ALDEA-CLAY", "quantity": 2}], "country": "DE", "postal_code": "04107"},
    ),
)
