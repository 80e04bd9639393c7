"""Where an order can be collected."""

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
