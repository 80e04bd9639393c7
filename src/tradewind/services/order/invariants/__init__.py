"""What must be true of the order service's tables. Each query answers what breaks it; none is good."""

from __future__ import annotations

from tradewind.services.order.invariants.after_sale import AFTER_SALE
from tradewind.services.order.invariants.lifecycle import LIFECYCLE
from tradewind.services.order.invariants.orders import ORDERS
from tradewind.services.order.invariants.pricing import PRICING
from tradewind.services.order.invariants.record import RECORD

INVARIANTS: tuple[tuple[str, str], ...] = ORDERS + LIFECYCLE + PRICING + RECORD + AFTER_SALE
