"""Where pieces of one order are still to be picked, and the lists that it is on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.faces.backoffice.next_steps import OPEN, open_quantity, shippable_quantity
from tradewind.faces.kit.visit import Visit

UNDER_WAY = ("open", "picking", "picked")


@dataclass(frozen=True, slots=True)
class Picking:
    """`warehouses` hold pieces of it that are on no list; `lists` are under way."""

    warehouses: Sequence[str] = ()
    lists: Sequence[Mapping[str, Any]] = ()


async def picking_of(visit: Visit, order: Mapping[str, Any]) -> Picking:
    """Of an order that waits to be shipped; of no other anything is to be picked."""
    waits = order["state"] in OPEN and any(map(shippable_quantity, order["lines"]))
    if not waits or order.get("held_at") or order.get("awaits_transfer") or not visit.may("inventory:read"):
        return Picking()
    order_id = order["order_id"]
    held, listed = await visit.api.together(
        visit.api.find(f"/v1/reservations/{order_id}"), visit.api.get("/v1/pick-lists", owner_id=order_id)
    )
    under_way = [it for it in listed["items"] if it["state"] in UNDER_WAY]
    lists = await visit.api.together(
        *(visit.api.get(f"/v1/pick-lists/{it['pick_list_id']}") for it in under_way)
    )
    left: Counter[str] = Counter()
    kept_back = {it["sku"] for it in order["lines"] if open_quantity(it) and not shippable_quantity(it)}
    for line in held["lines"] if held else ():
        if line["sku"] in kept_back:
            continue
        left[line["warehouse"]] += line["quantity"] - line["shipped"] - line["released"]
    for one in lists:
        for line in one["lines"]:
            if line["owner_id"] == order_id and not line["packed"]:
                left[one["warehouse"]] -= line["quantity"] - line["short"]
    return Picking(sorted(code for code, pieces in left.items() if pieces > 0), under_way)
