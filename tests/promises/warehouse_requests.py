"""Ready-made requests of purchasing and of work in warehouses."""

from __future__ import annotations

from typing import Any

from tests.promises.market import Market
from tests.promises.ready import Ready, ready, word


async def supplier(market: Market, sku: str | None = None) -> str:
    """Its code; it sells `sku` in tens."""
    body = {"code": f"S-{word(8)}", "name": "Clayworks", "currency": "EUR"}
    code = str((await market.send(market.admin, "POST", "/v1/suppliers", body))["code"])
    if sku is not None:
        await market.send(market.admin, "PUT", "/v1/supplier-parts", part(code, sku))
    return code


def part(supplier: str, sku: str) -> dict[str, Any]:
    prices = [{"packs": 1, "pack_price_minor": 1000}]
    return {"supplier": supplier, "sku": sku, "pack_size": 10, "prices": prices}


@ready("inventory_post_supplier")
async def create_supplier(market: Market) -> Ready:
    return Ready(market.admin, {"code": f"S-{word(8)}", "name": "Clayworks", "currency": "EUR"})


@ready("inventory_patch_supplier")
async def change_supplier(market: Market) -> Ready:
    return Ready(market.admin, {"lead_time_days": 3}, {"code": await supplier(market)})


@ready("inventory_put_supplier_part")
async def set_part(market: Market) -> Ready:
    return Ready(market.admin, part(await supplier(market), word()))


@ready("inventory_delete_supplier_part")
async def remove_part(market: Market) -> Ready:
    sku = word()
    return Ready(market.admin, query={"supplier": await supplier(market, sku), "sku": sku})


async def purchase(market: Market, *, placed: bool = False, received: bool = False) -> dict[str, Any]:
    sku = word()
    lines = [{"sku": sku, "packs": 2}]
    body = {"supplier": await supplier(market, sku), "warehouse": "LEJ", "lines": lines}
    made: dict[str, Any] = await market.send(market.admin, "POST", "/v1/purchase-orders", body)
    path = f"/v1/purchase-orders/{made['purchase_order_id']}"
    if placed or received:
        await market.send(market.admin, "POST", f"{path}/placement")
    if received:
        came = {"reference": word(), "lines": [{"sku": sku, "received": 3}]}
        await market.send(market.admin, "POST", f"{path}/receipts", came)
    return made


def named(made: dict[str, Any]) -> dict[str, str]:
    return {"purchase_order_id": made["purchase_order_id"]}


@ready("inventory_post_purchase_order")
async def draft_purchase(market: Market) -> Ready:
    sku = word()
    lines = [{"sku": sku, "packs": 2}]
    return Ready(market.admin, {"supplier": await supplier(market, sku), "warehouse": "LEJ", "lines": lines})


@ready("inventory_patch_purchase_order")
async def change_purchase(market: Market) -> Ready:
    return Ready(market.admin, {"note": "for spring"}, named(await purchase(market)))


@ready("inventory_post_purchase_order_placement")
async def place_purchase(market: Market) -> Ready:
    return Ready(market.admin, path=named(await purchase(market)))


@ready("inventory_post_purchase_order_receipt")
async def receive_purchase(market: Market) -> Ready:
    made = await purchase(market, placed=True)
    came = {"reference": word(), "lines": [{"sku": made["lines"][0]["sku"], "received": 12}]}
    return Ready(market.admin, came, named(made))


@ready("inventory_post_purchase_order_cancellation")
async def cancel_purchase(market: Market) -> Ready:
    return Ready(market.admin, {"reason": "too dear"}, named(await purchase(market, placed=True)))


@ready("inventory_post_purchase_order_closing")
async def close_purchase(market: Market) -> Ready:
    return Ready(market.admin, {"reason": "sold out"}, named(await purchase(market, received=True)))


async def elsewhere(market: Market) -> str:
    """Another warehouse, out of which nothing is sold."""
    body = {"code": f"W-{word(8)}", "name": "Another", "country": "DE", "active": False}
    return str((await market.send(market.admin, "POST", "/v1/warehouses", body))["code"])


async def transfer(market: Market, *, sent: bool = False) -> dict[str, Any]:
    lines = [{"sku": await market.article(stock=10), "quantity": 4}]
    body = {"source": "LEJ", "destination": await elsewhere(market), "lines": lines}
    made: dict[str, Any] = await market.send(market.admin, "POST", "/v1/transfers", body)
    if sent:
        await market.send(market.admin, "POST", f"/v1/transfers/{made['transfer_id']}/dispatch")
    return made


@ready("inventory_post_transfer")
async def draft_transfer(market: Market) -> Ready:
    lines = [{"sku": await market.article(stock=10), "quantity": 4}]
    return Ready(market.admin, {"source": "LEJ", "destination": await elsewhere(market), "lines": lines})


@ready("inventory_post_transfer_dispatch")
async def send_transfer(market: Market) -> Ready:
    return Ready(market.admin, path={"transfer_id": (await transfer(market))["transfer_id"]})


@ready("inventory_post_transfer_receipt")
async def receive_transfer(market: Market) -> Ready:
    made = await transfer(market, sent=True)
    came = {"reference": "van", "lines": [{"sku": made["lines"][0]["sku"], "received": 3}]}
    return Ready(market.admin, came, {"transfer_id": made["transfer_id"]})


@ready("inventory_post_transfer_cancellation")
async def cancel_transfer(market: Market) -> Ready:
    made = await transfer(market, sent=True)
    return Ready(market.admin, {"reason": "no van"}, {"transfer_id": made["transfer_id"]})


async def count(market: Market, *, counted: bool = False) -> dict[str, Any]:
    sku = await market.article(stock=10)
    body = {"warehouse": "LEJ", "skus": [sku], "tolerance_pieces": 5}
    made: dict[str, Any] = await market.send(market.admin, "POST", "/v1/counts", body)
    if counted:
        tally = {"lines": [{"sku": sku, "counted": 9}]}
        await market.send(market.admin, "POST", f"/v1/counts/{made['count_id']}/tallies", tally)
    return made


@ready("inventory_post_count")
async def plan_count(market: Market) -> Ready:
    return Ready(market.admin, {"warehouse": "LEJ", "skus": [await market.article(stock=10)]})


@ready("inventory_post_count_tally")
async def tally_count(market: Market) -> Ready:
    made = await count(market)
    lines = [{"sku": made["lines"][0]["sku"], "counted": 9}]
    return Ready(market.admin, {"lines": lines}, {"count_id": made["count_id"]})


@ready("inventory_post_count_recount")
async def repeat_count(market: Market) -> Ready:
    made = await count(market, counted=True)
    return Ready(market.admin, {"skus": [made["lines"][0]["sku"]]}, {"count_id": made["count_id"]})


@ready("inventory_post_count_approval")
async def approve_count(market: Market) -> Ready:
    """By somebody else than who counted."""
    path = {"count_id": (await count(market, counted=True))["count_id"]}
    return Ready(await market.person("warehouse"), {"reason": "looked"}, path)


@ready("inventory_post_count_cancellation")
async def cancel_count(market: Market) -> Ready:
    return Ready(market.admin, {"reason": "moved"}, {"count_id": (await count(market))["count_id"]})


async def bins(market: Market) -> str:
    """A warehouse with zone A and its bin A-01."""
    code = await elsewhere(market)
    path = f"/v1/warehouses/{code}"
    await market.send(market.admin, "PUT", f"{path}/zones/A", {"name": "Zone A"})
    await market.send(market.admin, "PUT", f"{path}/bins/A-01", {"zone": "A"})
    return code


async def to_put_away(market: Market) -> str:
    """A task of five pieces."""
    code = await bins(market)
    lines = [{"sku": word(), "warehouse": code, "quantity": 5}]
    await market.send(market.admin, "POST", "/v1/stock/receipts", {"reference": word(), "lines": lines})
    tasks = await market.send(market.admin, "GET", "/v1/put-away", params={"warehouse": code})
    return str(tasks["items"][0]["task_id"])


@ready("inventory_put_zone")
async def set_zone(market: Market) -> Ready:
    return Ready(market.admin, {"name": "Small parts"}, {"code": await elsewhere(market), "zone": "B"})


@ready("inventory_put_bin")
async def set_bin(market: Market) -> Ready:
    return Ready(market.admin, {"zone": "A", "capacity": 50}, {"code": await bins(market), "bin": "A-02"})


@ready("inventory_post_bin_move")
async def move_in_bins(market: Market) -> Ready:
    code, sku = await bins(market), word()
    lines = [{"sku": sku, "warehouse": code, "quantity": 5}]
    await market.send(market.admin, "POST", "/v1/stock/receipts", {"reference": word(), "lines": lines})
    return Ready(market.admin, {"warehouse": code, "sku": sku, "quantity": 2, "to_bin": "A-01"})


@ready("inventory_post_placement")
async def put_away(market: Market) -> Ready:
    return Ready(market.admin, {"bin": "A-01", "quantity": 3}, {"task_id": await to_put_away(market)})


@ready("inventory_post_put_away_cancellation")
async def cancel_put_away(market: Market) -> Ready:
    return Ready(market.admin, path={"task_id": await to_put_away(market)})


async def pick_list(market: Market, *, picked: bool = False) -> dict[str, Any]:
    """For one order of two pieces."""
    order = await market.order(market.admin, quantity=2)
    body = {"warehouse": "LEJ", "owner_ids": [order["order_id"]]}
    made: dict[str, Any] = await market.send(market.admin, "POST", "/v1/pick-lists", body)
    if picked:
        picks = {"lines": [{"position": 1, "picked": 2}]}
        await market.send(market.admin, "POST", f"/v1/pick-lists/{made['pick_list_id']}/picks", picks)
    return made


@ready("inventory_post_pick_list")
async def plan_picks(market: Market) -> Ready:
    order = await market.order(market.admin, quantity=2)
    return Ready(market.admin, {"warehouse": "LEJ", "owner_ids": [order["order_id"]]})


@ready("inventory_post_picks")
async def record_picks(market: Market) -> Ready:
    path = {"pick_list_id": (await pick_list(market))["pick_list_id"]}
    return Ready(market.admin, {"lines": [{"position": 1, "picked": 2}]}, path)


@ready("inventory_post_packing")
async def pack_picks(market: Market) -> Ready:
    made = await pick_list(market, picked=True)
    line = made["lines"][0]
    body = {"owner_id": line["owner_id"], "lines": [{"sku": line["sku"], "quantity": 2}]}
    return Ready(market.admin, body, {"pick_list_id": made["pick_list_id"]})


@ready("inventory_post_pick_list_cancellation")
async def cancel_picks(market: Market) -> Ready:
    path = {"pick_list_id": (await pick_list(market))["pick_list_id"]}
    return Ready(market.admin, {"reason": "tea"}, path)


async def asked(market: Market) -> str:
    """A request that waits, as the market has a limit for pieces."""
    body = {
        "sku": await market.article(stock=10),
        "warehouse": "LEJ",
        "quantity": 50_000,
        "reason": "a pallet was found",
    }
    return str((await market.send(market.admin, "POST", "/v1/adjustment-requests", body))["adjustment_id"])


@ready("inventory_post_adjustment_request")
async def ask_for_adjustment(market: Market) -> Ready:
    sku = await market.article(stock=10)
    return Ready(market.admin, {"sku": sku, "warehouse": "LEJ", "quantity": -2, "reason": "broken"})


@ready("inventory_post_adjustment_approval")
async def approve_adjustment(market: Market) -> Ready:
    path = {"adjustment_id": await asked(market)}
    return Ready(await market.person("warehouse"), {"reason": "seen"}, path)


@ready("inventory_post_adjustment_refusal")
async def refuse_adjustment(market: Market) -> Ready:
    return Ready(market.admin, {"reason": "no"}, {"adjustment_id": await asked(market)})


@ready("inventory_put_threshold")
async def set_threshold(market: Market) -> Ready:
    return Ready(market.admin, {"sku": await market.article(stock=3), "minimum": 5})


@ready("inventory_delete_threshold")
async def remove_threshold(market: Market) -> Ready:
    sku = await market.article(stock=3)
    await market.send(market.admin, "PUT", "/v1/stock-thresholds", {"sku": sku, "minimum": 5})
    return Ready(market.admin, query={"sku": sku})


@ready("inventory_post_reorder")
async def reorder(market: Market) -> Ready:
    sku = await market.article(stock=3)
    await supplier(market, sku)
    await market.send(market.admin, "PUT", "/v1/stock-thresholds", {"sku": sku, "minimum": 50})
    return Ready(market.admin, {"warehouse": "LEJ", "skus": [sku]})


@ready("inventory_post_stock_import")
async def import_stock(market: Market) -> Ready:
    sku = await market.article(stock=10)
    query = {"reference": word(), "mode": "count", "warehouse": "LEJ"}
    return Ready(market.admin, f"sku,quantity\n{sku},7\n".encode(), query=query)
