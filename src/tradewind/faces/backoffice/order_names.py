"""What people call the orders of a page, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tradewind.faces.kit.visit import Visit

MOST = 100  # that are asked for together


async def orders_of(visit: Visit, order_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Their summaries by id, of the first hundred; nothing for who may not see orders."""
    wanted = sorted(set(order_ids))[:MOST]
    if not wanted or not visit.may("orders:read"):
        return {}
    found = await visit.api.get("/v1/orders", order_id=wanted, limit=MOST)
    return {order["order_id"]: order for order in found["items"]}


async def order_of_number(visit: Visit, number: str) -> str | None:
    """Its id; None where no order has this number."""
    found = await visit.api.get("/v1/orders", number=number, limit=1)
    return found["items"][0]["order_id"] if found["items"] else None
