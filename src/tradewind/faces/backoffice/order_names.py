"""What people call the orders of a page, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tradewind.faces.kit.visit import Visit


async def orders_of(visit: Visit, order_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """By id; nothing for who may not see orders."""
    if not visit.may("orders:read"):
        return {}
    wanted = sorted(set(order_ids))
    found = await visit.api.together(*(visit.api.find(f"/v1/orders/{order_id}") for order_id in wanted))
    return {order["order_id"]: order for order in found if order is not None}


async def order_of_number(visit: Visit, number: str) -> str | None:
    """Its id; None where no order has this number."""
    found = await visit.api.get("/v1/orders", number=number, limit=1)
    return found["items"][0]["order_id"] if found["items"] else None
