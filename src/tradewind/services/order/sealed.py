"""Where the order service keeps what it seals."""

from __future__ import annotations

from tradewind.kernel.envelope import SealedColumn
from tradewind.ports.database import Row
from tradewind.services.order.paying import place


def _place(row: Row) -> str:
    return place(row["order_id"])


SEALED = (
    SealedColumn("payment_plans", "orders", "sealed_card_token", ("order_id",), _place),
    SealedColumn("payment_plans", "order_payments", "sealed_plan", ("order_id", "number"), _place),
)
