"""The buyer: purchase orders that are drafted, changed, placed, received in parts, closed and cancelled."""

from __future__ import annotations

from typing import Any

from tests.simulation.scene import ANOTHER, STAFF, Scene
from tests.simulation.shop import SKUS


async def know_a_supplier(scene: Scene) -> None:
    """Once for all worlds: who sells us everything, in packs of two, some of it cheaper from three packs on."""
    supplier = {"code": "CLAY", "name": "Clayworks", "currency": "EUR", "over_basis_points": 5000}
    made = await scene.ask(STAFF, "POST", "/v1/suppliers", supplier, scene.key())
    assert made is not None and made.status == 201, made
    for sku in SKUS:
        prices = [{"packs": 1, "pack_price_minor": 1001}, {"packs": 3, "pack_price_minor": 900}]
        part = {"supplier": "CLAY", "sku": sku, "pack_size": 2, "prices": prices}
        known = await scene.ask(STAFF, "PUT", "/v1/supplier-parts", part, scene.key())
        assert known is not None and known.status == 200, known


async def buy_in(scene: Scene, rounds: int) -> None:
    rng = scene.rng
    for number in range(rounds):
        await scene.schedule.sleep(rng.choice((0.02, 1.0)))
        skus = rng.sample(list(SKUS), rng.randint(1, 2))
        lines = [{"sku": sku, "packs": rng.randint(1, 3)} for sku in skus]
        body = {"supplier": "CLAY", "warehouse": rng.choice(("LEJ", "LEJ", "HAM")), "lines": lines}
        drafted = await scene.say("/v1/purchase-orders", body)
        if drafted is None or drafted.status >= 300:
            continue
        path = f"/v1/purchase-orders/{drafted.body['purchase_order_id']}"
        if rng.random() < 0.2:
            await scene.ask(STAFF, "PATCH", path, {"lines": lines[:1]}, scene.key())
        placed = await scene.say(f"{path}/placement")
        if placed is not None and placed.status < 300:
            await _see_it_through(scene, path, f"note {number}")


async def _see_it_through(scene: Scene, path: str, note: str) -> None:
    """Deliveries, of which each is booked once, whoever has its note in hand; and an end before all has come."""
    rng = scene.rng
    if rng.random() < 0.3:
        scene.schedule.start("purchase ends", None, _end(scene, path))
    for delivery in range(rng.randint(1, 3)):
        found = await scene.ask(STAFF, "GET", path)
        if found is None or found.status != 200 or found.body["state"] not in ("placed", "partly_received"):
            return
        came = _delivery(scene, f"{note}.{delivery}", found.body)
        if rng.random() < 0.4:
            scene.schedule.start("colleague", None, _book(scene, path, came))
        await _book(scene, path, came)
        await scene.schedule.sleep(rng.choice((0.0, 0.5, 5.0)))


def _delivery(scene: Scene, reference: str, order: Any) -> dict[str, Any]:
    lines = [piece for line in order["lines"] for piece in _came(scene, line["sku"], line["outstanding"])]
    return {"reference": reference, "lines": lines, "freight_minor": scene.rng.choice((0, 0, 799))}


def _came(scene: Scene, sku: str, outstanding: int) -> list[dict[str, Any]]:
    rng = scene.rng
    pieces = {
        "received": rng.randint(0, outstanding + (rng.random() < 0.2)),
        "damaged": rng.choice((0, 0, 0, 1)),
        "refused": rng.choice((0, 0, 0, 1)),
    }
    if sku == scene.terms.serials:
        return [
            {"sku": sku, state: 1, "lot": line["lot"]}
            for state, number in pieces.items()
            for line in scene.delivered(sku, number)
        ]
    (line,) = scene.delivered(sku, 0)
    del line["quantity"]
    return [{**line, **pieces}]


async def _book(scene: Scene, path: str, delivery: dict[str, Any]) -> None:
    await scene.say(f"{path}/receipts", delivery)


async def _end(scene: Scene, path: str) -> None:
    await scene.schedule.sleep(scene.rng.choice((0.0, 0.1, 2.0)))
    what = scene.rng.choice(("cancellation", "closing", "closing"))
    await scene.ask(ANOTHER, "POST", f"{path}/{what}", {"reason": "not needed"}, scene.key())
