"""What things cost: pure functions over integer minor units of one currency, each part in a module of its own.

`quote` is the one way to a price: for a cart, a draft, an order that is edited, and a question without either.
"""

from tradewind.services.order.domain.pricing.lines import LineTotal, PricedLine, Totals, capture_share
from tradewind.services.order.domain.pricing.promotions import AppliedPromotion, Promotion
from tradewind.services.order.domain.pricing.quote import ManualDiscount, Quote, Terms, quote
from tradewind.services.order.domain.pricing.shipping import Area, ShippingPrice, ShippingStep

__all__ = [
    "AppliedPromotion",
    "Area",
    "LineTotal",
    "ManualDiscount",
    "PricedLine",
    "Promotion",
    "Quote",
    "ShippingPrice",
    "ShippingStep",
    "Terms",
    "Totals",
    "capture_share",
    "quote",
]
