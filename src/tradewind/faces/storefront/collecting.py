"""Where an order can be collected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tradewind.faces.kit.visit import Visit


async def places(visit: Visit, cart: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Where it can be collected, each with whether all of it is there "now", comes "later" in part, or "never" will."""
    if not cart["lines"]:
        return []
    wanted = {line["sku"]: line["quantity"] for line in cart["lines"]}
    points = (await visit.api.get("/v1/pickup-points", sku=list(wanted)))["items"]
    return [{**point, "all_there": _when(point["availability"], wanted)} for point in points]


def _when(availability: Sequence[Mapping[str, Any]], wanted: Mapping[str, int]) -> str:
    missing = [(one, wanted[one["sku"]] - one["available"]) for one in availability]
    short = [(one, pieces) for one, pieces in missing if pieces > 0]
    if not short:
        return "now"
    later = all((one.get("beyond") or {"left": 0})["left"] >= pieces for one, pieces in short)
    return "later" if later else "never"
