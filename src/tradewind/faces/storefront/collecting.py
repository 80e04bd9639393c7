"""What is collected must be there: a cart that wants more than its place has is told before it is ordered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.faces.kit.visit import Visit


async def places(visit: Visit, cart: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Where it can be collected, each with whether all of it is there now."""
    if not cart["lines"]:
        return []
    wanted = {line["sku"]: line["quantity"] for line in cart["lines"]}
    points = (await visit.api.get("/v1/pickup-points", sku=list(wanted)))["items"]
    return [
        {**point, "all_there": all(it["available"] >= wanted[it["sku"]] for it in point["availability"])}
        for point in points
    ]


async def with_shortages(visit: Visit, cart: dict[str, Any]) -> dict[str, Any]:
    """The cart, with a warning at each line of which its place has too few. What may be sold beyond the stock is
    no shortage, and what is short everywhere has its warning already."""
    if not cart.get("pickup") or not cart["lines"]:
        return cart
    wanted = {line["sku"]: line["quantity"] for line in cart["lines"]}
    offered, known = await visit.api.together(
        visit.api.get("/v1/pickup-points", sku=list(wanted)),
        visit.api.get("/v1/availability", sku=list(wanted)),
    )
    place = next((point for point in offered["items"] if point["code"] == cart["pickup"]), None)
    if place is None:
        return {
            **cart,
            "at_place": [{"code": "pickup_unknown", "message": "", "sku": None, "blocking": True}],
        }
    beyond = {one["sku"]: (one.get("beyond") or {"left": 0})["left"] for one in known["items"]}
    short = {warning["sku"] for warning in cart["warnings"] if warning["code"] == "not_enough_in_stock"}
    return {
        **cart,
        "at_place": [
            {
                "code": "not_enough_at_place",
                "message": "",
                "sku": it["sku"],
                "blocking": True,
                "available": it["available"],
                "place": place["name"],
            }
            for it in place["availability"]
            if it["sku"] not in short and wanted[it["sku"]] > it["available"] + beyond.get(it["sku"], 0)
        ],
    }
