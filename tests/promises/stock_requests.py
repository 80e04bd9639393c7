"""Requests that succeed, of what makes SKUs and warehouses special."""

from __future__ import annotations

import uuid

from tests.promises.market import Market
from tests.promises.ready import Ready, ready


@ready("inventory_put_policy")
async def set_policy(market: Market) -> Ready:
    body = {"sku": await market.article(), "sell_beyond": "backorder", "limit": 5}
    return Ready(market.admin, body)


@ready("inventory_put_bundle")
async def define_bundle(market: Market) -> Ready:
    parts = [{"sku": await market.article(), "quantity": 2}]
    return Ready(market.admin, {"sku": f"SET-{uuid.uuid4().hex[:8].upper()}", "parts": parts})


@ready("inventory_post_move")
async def move_pieces(market: Market) -> Ready:
    body = {"sku": await market.article(), "warehouse": "LEJ", "kind": "damage", "quantity": 1}
    return Ready(market.admin, {**body, "reason": "fell off the shelf"})


@ready("inventory_put_lot_expiry")
async def set_lot_expiry(market: Market) -> Ready:
    sku = f"MILK-{uuid.uuid4().hex[:8].upper()}"
    await market.send(market.admin, "PUT", "/v1/stock/policies", {"sku": sku, "tracking": "lot"})
    lot = {"sku": sku, "warehouse": "LEJ", "lot": "A"}
    found = {**lot, "quantity": 2, "reason": "found"}
    await market.send(market.admin, "POST", "/v1/stock/adjustments", found)
    return Ready(market.admin, {**lot, "expires_on": "2035-05-17", "reason": "read off the carton"})


@ready("inventory_put_safety_stock")
async def keep_back(market: Market) -> Ready:
    return Ready(market.admin, {"sku": await market.article(), "warehouse": "LEJ", "quantity": 2})


@ready("inventory_put_regions")
async def set_regions(market: Market) -> Ready:
    near = {"items": [{"country": "DE", "postal_prefix": "04", "distance": 5}]}
    return Ready(market.admin, near, {"code": "LEJ"})


@ready("inventory_post_prolong")
async def prolong(market: Market) -> Ready:
    lines = [{"sku": await market.article(), "quantity": 1}]
    hold = {"lines": lines, "expires_in_seconds": 60}
    made = await market.send(market.admin, "POST", "/v1/reservations", hold)
    return Ready(market.admin, {"expires_in_seconds": 900}, {"owner_id": made["owner_id"]})
