"""What an order's page shows of its record: the timeline, as it is filtered, with the mails; and the documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.faces.backoffice.timeline import SHOWN, kinds_shown, timeline
from tradewind.faces.kit.visit import Visit

ENTRIES = 100


async def record_of(visit: Visit, order: Mapping[str, Any]) -> dict[str, Any]:
    """Asked together: none needs another."""
    path, shown = f"/v1/orders/{order['order_id']}", visit.query["show"]
    mails, entries, documents, methods = await visit.api.together(
        _mails(visit, order["order_id"]) if not shown else _none(),
        visit.api.get(f"{path}/timeline", limit=ENTRIES, kind=kinds_shown(shown) or None),
        visit.api.get(f"{path}/documents"),
        visit.api.get("/v1/shipping-methods"),
    )
    names = {one["code"]: one["name"] for one in methods["items"]}
    return {
        "moments": timeline(visit, order, entries["items"], mails, names),
        "filters": {name: title for name, (title, _) in SHOWN.items()},
        "shown": shown if shown in SHOWN else "",
        "documents": documents["items"],
        "method_names": names,
        "may_invoice": visit.may("orders:write") and order["placed_at"] is not None,
    }


async def _none() -> list[Mapping[str, Any]]:
    return []


async def _mails(visit: Visit, order_id: str) -> list[Mapping[str, Any]]:
    if not visit.may("messages:read"):
        return []
    found = await visit.api.find("/v1/messages", order_id=order_id, limit=50)
    return list(found["items"]) if found else []
