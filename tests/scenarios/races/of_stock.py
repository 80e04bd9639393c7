"""Races for pieces: the last ones, those that are moved, those that are counted."""

from __future__ import annotations

import uuid
from typing import Any

from tests.scenarios.races.race import Heat, Race
from tests.scenarios.races.ring import Ring
from tests.stage import key

HOLD_SECONDS = 3600


async def last_pieces(ring: Ring) -> Heat:
    """Seven pieces; four carts and four holds want three each, in two lines of one SKU: two get them."""
    sku = await ring.stage.article(stock=7)
    carts: list[str] = []

    async def hold(owner_id: str) -> Any:
        lines = [{"sku": sku, "quantity": 1}, {"sku": sku, "quantity": 2}]
        body = {"owner_id": owner_id, "lines": lines, "expires_in_seconds": HOLD_SECONDS}
        return await ring.admin.post("/v1/reservations", json=body, headers=key())

    async def heat() -> list[str]:
        while len(carts) < 4:
            cart = await ring.stage.cart(ring.guest, [(sku, 2), (sku, 1)])
            carts.append(cart["cart_id"])
        owners = [str(uuid.uuid4()) for _ in range(4)]
        answers = await ring.at_once(*map(ring.place, carts), *map(hold, owners))
        won = [answer.is_success for answer in answers]
        refused = {answer.json()["code"] for answer in answers if not answer.is_success}
        assert refused <= {"out_of_stock"}, [answer.text for answer in answers]
        left = await ring.stage.available(sku)
        assert left == 1, f"{left} pieces are left of 7 when {sum(won)} took 3"
        for owner_id, held in zip(owners, won[4:], strict=True):
            if held:
                await ring.send(ring.admin, "DELETE", f"/v1/reservations/{owner_id}")
        carts[:] = [cart for cart, ordered in zip(carts, won[:4], strict=True) if not ordered]
        sold = 3 * sum(won[:4])
        if sold:
            await receive(ring, sku, sold)
        return ["order"] * sum(won[:4]) + ["hold"] * sum(won[4:])

    return heat


async def transfer_against_sale(ring: Ring) -> Heat:
    """Ten pieces; an order wants six, and a transfer to another warehouse six: one has them."""
    sku, there = await ring.stage.article(stock=10), await annex(ring)
    carts: list[str] = []
    lines = [{"sku": sku, "quantity": 6}]

    async def heat() -> list[str]:
        if not carts:
            carts.append((await ring.stage.cart(ring.guest, [(sku, 6)]))["cart_id"])
        body = {"source": "LEJ", "destination": there, "lines": lines}
        transfer = await ring.send(ring.admin, "POST", "/v1/transfers", body)
        path = f"/v1/transfers/{transfer['transfer_id']}"
        sold, sent = await ring.at_once(
            ring.place(carts[0]), ring.warehouse.post(f"{path}/dispatch", headers=key())
        )
        codes = {answer.json()["code"] for answer in (sold, sent) if not answer.is_success}
        assert codes <= {"out_of_stock", "not_available"}, (sold.text, sent.text)
        left = await ring.stage.available(sku)
        assert left == 4, f"{left} pieces are left of 10 when 6 were taken"
        await ring.send(ring.warehouse, "POST", f"{path}/cancellation", {})
        if sold.is_success:
            carts.clear()
            await receive(ring, sku, 6)
        return ["sale"] * sold.is_success + ["transfer"] * sent.is_success

    return heat


async def receipt_against_count(ring: Ring) -> Heat:
    """A count found a piece less than the books have, two pieces come in, and one is sold: none is lost."""
    sku = await ring.stage.article(stock=1000)

    async def heat() -> list[str]:
        before = await ring.stage.available(sku)
        counted = (await ring.send(ring.admin, "GET", f"/v1/stock/{sku}"))["on_hand"] - 1
        plan = {"warehouse": "LEJ", "skus": [sku], "tolerance_pieces": 1_000_000}
        path = f"/v1/counts/{(await ring.send(ring.warehouse, 'POST', '/v1/counts', plan))['count_id']}"
        tally = {"lines": [{"sku": sku, "counted": counted}]}
        await ring.send(ring.warehouse, "POST", f"{path}/tallies", tally)
        hold = {
            "owner_id": str(uuid.uuid4()),
            "lines": [{"sku": sku, "quantity": 1}],
            "expires_in_seconds": HOLD_SECONDS,
        }
        await ring.at_once(
            receive(ring, sku, 2),
            ring.send(ring.admin, "POST", f"{path}/approval", {}),
            ring.send(ring.admin, "POST", "/v1/reservations", hold),
        )
        left = await ring.stage.available(sku)
        assert left == before, f"{left} are left, not {before} - 1 + 2 - 1"
        await ring.send(ring.admin, "DELETE", f"/v1/reservations/{hold['owner_id']}")
        return ["receipt", "count", "hold"]

    return heat


async def receive(ring: Ring, sku: str, quantity: int) -> None:
    lines = [{"sku": sku, "warehouse": "LEJ", "quantity": quantity}]
    body = {"reference": str(uuid.uuid4()), "lines": lines}
    await ring.send(ring.warehouse, "POST", "/v1/stock/receipts", body)


async def annex(ring: Ring) -> str:
    """Another warehouse, out of which nothing is sold."""
    code = f"W-{uuid.uuid4().hex[:8].upper()}"
    body = {"code": code, "name": "Annex", "country": "DE", "active": False}
    await ring.send(ring.admin, "POST", "/v1/warehouses", body)
    return code


RACES = (
    Race("last pieces with two lines of one SKU", last_pieces, winners=2, few=4),
    Race("transfer against sale", transfer_against_sale, winners=1, few=4),
    Race("receipt against count and hold", receipt_against_count, winners=3, few=4),
)
