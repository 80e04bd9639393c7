"""Orders as they are answered."""

from __future__ import annotations

import msgspec

from tradewind.contracts.common import Money
from tradewind.services.order.access import order_token
from tradewind.services.order.domain.pricing import Totals
from tradewind.services.order.domain.tracking import tracking_url
from tradewind.services.order.settings import Settings
from tradewind.services.order.shapes.orders import Fulfilment, Order, OrderLine
from tradewind.services.order.store.orders import OrderRecord


def order_view(order: OrderRecord, settings: Settings) -> Order:
    """A guest's order carries its token; an account's is opened by signing in."""
    return Order(
        order.order_id,
        order.number,
        order.state.value,
        order.email,
        order.account_id,
        Totals(
            order.currency,
            order.subtotal_minor,
            order.discount_minor,
            order.shipping_minor,
            order.tax_minor,
            order.total_minor,
        ),
        Money(order.captured_minor, order.currency),
        Money(order.refunded_minor, order.currency),
        [
            OrderLine(
                line.sku,
                line.product_id,
                line.title,
                line.options,
                line.image_url,
                line.quantity,
                line.fulfilled_quantity,
                line.unit_price_minor,
                line.discount_minor,
                line.total_minor,
                line.tax_minor,
            )
            for line in order.lines
        ],
        order.shipping_address,
        order.billing_address,
        order.shipping_method,
        [_followable(fulfilment) for fulfilment in order.fulfilments],
        order.history,
        order.created_at,
        order.placed_at,
        order.reason,
        order.action_url,
        order.discount_code,
        order_token(settings, order.order_id) if order.account_id is None else None,
        order.language,
    )


def _followable(fulfilment: Fulfilment) -> Fulfilment:
    url = tracking_url(fulfilment.carrier, fulfilment.tracking_number)
    return msgspec.structs.replace(fulfilment, tracking_url=url)
