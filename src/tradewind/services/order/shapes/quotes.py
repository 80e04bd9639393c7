"""What things would cost, asked without a cart."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from tradewind.contracts.common import MOST_LINES, Body, CountryCode, CurrencyCode
from tradewind.services.order.domain.pricing import Totals
from tradewind.services.order.shapes.carts import (
    MOST_CODES,
    CartLine,
    CartLineInput,
    CartPromotion,
    DiscountCode,
    MethodCode,
    PickupCode,
    ShippingOption,
    Warning,
)


class QuoteRequest(Body, frozen=True):
    """Without `country` there is no tax, and no shipping. Without `shipping_method`, the total is without
    shipping; `shipping_options` say what each would cost. With `pickup` it is collected, and the place is its
    address."""

    lines: Annotated[list[CartLineInput], Meta(min_length=1, max_length=MOST_LINES)]
    currency: CurrencyCode = "EUR"
    country: CountryCode | None = None
    postal_code: Annotated[str, Meta(max_length=20)] = ""
    region: Annotated[str, Meta(max_length=80)] = ""
    shipping_method: MethodCode | None = None
    pickup: PickupCode | None = None
    discount_codes: Annotated[list[DiscountCode], Meta(max_length=MOST_CODES)] = []


class PriceQuote(msgspec.Struct, frozen=True):
    """As a cart of these lines would be shown. It holds nothing, and promises nothing for later."""

    lines: list[CartLine]
    totals: Totals
    promotions: list[CartPromotion]
    shipping_options: list[ShippingOption]
    warnings: list[Warning]
