"""The warehouse: deliveries, breakage, moves between states, transfers, counts and holds, while the shop sells."""

from __future__ import annotations

from typing import Any

from tests.simulation.scene import ANOTHER, LOTS, STAFF, Scene
from tests.simulation.shop import SKUS

_KINDS = ("damage", "repair", "quality_hold", "quality_release", "write_off")


async def keep_stock(scene: Scene, rounds: int) -> None:
    rng = scene.rng
    tasks = [_receive, _receive, _break, _transfer, _count, _hold] + [_move] * 6 * scene.terms.moves
    tasks += [_take_in_file] * 6 * scene.terms.files
    for number in range(rounds + 3 * scene.terms.moves + 2 * scene.terms.files):
        await scene.schedule.sleep(rng.choice((0.02, 1.0)))
        await rng.choice(tasks)(scene, number)


async def _receive(scene: Scene, number: int) -> None:
    sku = scene.rng.choice(list(SKUS))
    lines = [{"warehouse": "LEJ", **line} for line in scene.delivered(sku, scene.rng.randint(1, 3))]
    if sku == scene.terms.serials and scene.rng.random() < 0.2:
        lines[0] |= scene.lot_of(sku)  # by mistake, or because it came back
    receipt = {"reference": f"delivery {number}", "lines": lines}
    await scene.ask(STAFF, "POST", "/v1/stock/receipts", receipt, scene.key())


async def _break(scene: Scene, number: int) -> None:
    sku = scene.rng.choice(list(SKUS))
    broken = {"sku": sku, "warehouse": "LEJ", "quantity": -1, "reason": "broken", **scene.lot_of(sku)}
    await scene.ask(STAFF, "POST", "/v1/stock/adjustments", broken, scene.key())


async def _move(scene: Scene, number: int) -> None:
    """A piece changes its state, as somebody sees fit who has it in hand."""
    sku, kind = scene.rng.choice(list(SKUS)), scene.rng.choice(_KINDS)
    move = {
        "sku": sku,
        "warehouse": "LEJ",
        "kind": kind,
        "quantity": scene.at_most(sku, scene.rng.randint(1, 2)),
        "reason": "seen",
    }
    if kind == "write_off":
        move["from_state"] = scene.rng.choice(("on_hand", "damaged", "quality_control"))
    await scene.ask(STAFF, "POST", "/v1/stock/moves", {**move, **scene.lot_of(sku)}, scene.key())


async def _transfer(scene: Scene, number: int) -> None:
    """From one warehouse to the other, begun, sent and received."""
    sku = scene.rng.choice(list(SKUS))
    quantity = scene.at_most(sku, scene.rng.randint(1, 2))
    lines = [{"sku": sku, "quantity": quantity, **scene.lot_of(sku)}]
    body = {"source": "LEJ", "destination": "HAM", "lines": lines}
    made = await scene.ask(STAFF, "POST", "/v1/transfers", body, scene.key())
    if made is None or made.status >= 300:
        return
    path = f"/v1/transfers/{made.body['transfer_id']}"
    sent = await scene.ask(STAFF, "POST", f"{path}/dispatch", None, scene.key())
    if sent is not None and sent.status < 300 and scene.rng.random() < 0.8:
        arrived = [
            {"sku": line["sku"], "lot": line["lot"], "received": line["quantity"]}
            for line in sent.body["lines"]
        ]
        received = {"reference": f"transfer {number}", "lines": arrived}
        await scene.ask(STAFF, "POST", f"{path}/receipts", received, scene.key())


async def _count(scene: Scene, number: int) -> None:
    sku = scene.rng.choice(list(SKUS))
    plan = {
        "warehouse": "LEJ",
        "skus": [sku],
        "tolerance_pieces": 10,
    }  # what differs by so many is not recounted
    planned = await scene.ask(STAFF, "POST", "/v1/counts", plan, scene.key())
    if planned is None or planned.status >= 300:
        return
    tally = {"lines": [{"sku": sku, **seen} for seen in _seen(scene, sku)]}
    path = f"/v1/counts/{planned.body['count_id']}"
    await scene.ask(STAFF, "POST", f"{path}/tallies", tally, scene.key())
    await scene.ask(ANOTHER, "POST", f"{path}/approval", {"reason": "seen"}, scene.key())


def _seen(scene: Scene, sku: str) -> list[dict[str, Any]]:
    if sku == scene.terms.serials:  # most of them; the same one is not listed twice
        return [{"counted": int(scene.rng.random() < 0.8), "lot": number} for number in scene.serials]
    lots: list[dict[str, Any]] = [{"lot": lot} for lot in LOTS] if sku == scene.terms.lots else [{}]
    return [{"counted": scene.rng.randint(0, 5), **lot} for lot in lots]


async def _take_in_file(scene: Scene, number: int) -> None:
    """A delivery, a stock take or corrections; all of its lines or none."""
    rng = scene.rng
    mode, sku = rng.choice(("receive", "count", "adjust")), rng.choice(list(SKUS))
    if mode == "receive":
        lines = scene.delivered(sku, rng.randint(1, 3))
    elif mode == "count":
        lines = [{"sku": sku, "quantity": seen.pop("counted"), **seen} for seen in _seen(scene, sku)]
    else:
        lines = [{"sku": sku, "quantity": rng.choice((-1, 1)), **scene.lot_of(sku)}]
    columns = ("sku", "quantity", "lot", "expires_on")
    rows = [",".join(str(line.get(column, "")) for column in columns) for line in lines]
    file = "\n".join((",".join(columns), *rows)).encode()
    query = f"reference=file-{number}&mode={mode}&warehouse=LEJ"
    await scene.ask(STAFF, "POST", f"/v1/stock-imports?{query}", file, scene.key())


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
