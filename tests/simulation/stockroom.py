"""The warehouse: deliveries, breakage, transfers, counts and holds, while the shop sells."""

from __future__ import annotations

from tests.simulation.scene import ANOTHER, STAFF, Scene
from tests.simulation.shop import SKUS


async def keep_stock(scene: Scene, rounds: int) -> None:
    rng = scene.rng
    for number in range(rounds):
        await scene.schedule.sleep(rng.choice((0.02, 1.0)))
        await rng.choice((_receive, _receive, _break, _transfer, _count, _hold))(scene, number)


async def _receive(scene: Scene, number: int) -> None:
    lines = [{"sku": scene.rng.choice(list(SKUS)), "warehouse": "LEJ", "quantity": scene.rng.randint(1, 3)}]
    receipt = {"reference": f"delivery {number}", "lines": lines}
    await scene.ask(STAFF, "POST", "/v1/stock/receipts", receipt, scene.key())


async def _break(scene: Scene, number: int) -> None:
    sku = scene.rng.choice(list(SKUS))
    broken = {"sku": sku, "warehouse": "LEJ", "quantity": -1, "reason": "broken"}
    await scene.ask(STAFF, "POST", "/v1/stock/adjustments", broken, scene.key())


async def _transfer(scene: Scene, number: int) -> None:
    """From one warehouse to the other, begun, sent and received."""
    lines = [{"sku": scene.rng.choice(list(SKUS)), "quantity": scene.rng.randint(1, 2)}]
    body = {"source": "LEJ", "destination": "HAM", "lines": lines}
    made = await scene.ask(STAFF, "POST", "/v1/transfers", body, scene.key())
    if made is None or made.status >= 300:
        return
    path = f"/v1/transfers/{made.body['transfer_id']}"
    sent = await scene.ask(STAFF, "POST", f"{path}/dispatch", None, scene.key())
    if sent is not None and sent.status < 300 and scene.rng.random() < 0.8:
        arrived = [{"sku": lines[0]["sku"], "received": lines[0]["quantity"]}]
        received = {"reference": f"transfer {number}", "lines": arrived}
        await scene.ask(STAFF, "POST", f"{path}/receipts", received, scene.key())


async def _count(scene: Scene, number: int) -> None:
    sku = scene.rng.choice(list(SKUS))
    planned = await scene.ask(STAFF, "POST", "/v1/counts", {"warehouse": "LEJ", "skus": [sku]}, scene.key())
    if planned is None or planned.status >= 300:
        return
    tally = {"lines": [{"sku": sku, "counted": scene.rng.randint(0, 5)}]}
    path = f"/v1/counts/{planned.body['count_id']}"
    await scene.ask(STAFF, "POST", f"{path}/tallies", tally, scene.key())
    await scene.ask(ANOTHER, "POST", f"{path}/approval", None, scene.key())


async def _hold(scene: Scene, number: int) -> None:
    """For somebody at the counter, named in two lines; some change their mind."""
    sku = scene.rng.choice(list(SKUS))
    asked = {"lines": [{"sku": sku, "quantity": 1}] * 2, "expires_in_seconds": 20}
    held = await scene.ask(STAFF, "POST", "/v1/reservations", asked, scene.key())
    if held is None or held.status != 201:
        return
    given = held.body["lines"] + held.body["backordered"]
    if sum(line["quantity"] for line in given) != 2:
        scene.schedule.wrong.append(f"2 pieces were asked for, and held or to come are {given}")
    if scene.rng.random() < 0.5:
        await scene.ask(STAFF, "DELETE", f"/v1/reservations/{held.body['owner_id']}", None, scene.key())
