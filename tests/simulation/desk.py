"""Staff at their desks: ship, hold, cancel, refund, take back and edit what they find, in whole and in part."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.simulation.scene import STAFF, Scene

Task = Callable[[Scene, str, Any], Awaitable[None]]


async def work_at_desk(scene: Scene, rounds: int) -> None:
    rng = scene.rng
    telephone = scene.bank.dawdles or rng.random() < 0.25
    if scene.terms.patient:
        rounds += 8
        await _until_something_is_sold(scene)
    for _ in range(rounds):
        await scene.schedule.sleep(rng.choice((0.02, 0.5, 3.0)))
        if telephone and rng.random() < 0.5:
            await _cancel_newest(scene)
        if not scene.orders:
            continue
        known = sorted(scene.placed) if scene.placed and rng.random() < 0.8 else sorted(scene.orders)
        path = f"/v1/orders/{rng.choice(known)}"
        found = await scene.ask(STAFF, "GET", path)
        if found is not None and found.status == 200:
            await rng.choice(_tasks(scene, found.body))(scene, path, found.body)


async def _until_something_is_sold(scene: Scene) -> None:
    for _ in range(60):
        if scene.placed:
            return
        await scene.schedule.sleep(0.5)


def _tasks(scene: Scene, order: Any) -> list[Task]:
    """All that staff may do, and often what there is to do for this order."""
    tasks = list(_TASKS)
    if order["state"] in ("placed", "partially_fulfilled") and _unsent(order):
        tasks += [_ship] * 9 + [_pick_and_pack] * 6
    if scene.by_hand:
        tasks += [_take_by_hand] * 6
    if order["captured"]["amount_minor"] > 0:
        tasks += [_refund] * 8 + [_take_back, _exchange, _go_on_with_parcel] * 3
    return tasks


async def _cancel_newest(scene: Scene) -> None:
    """By telephone, before its shopper heard of it: it may not even have its stock yet."""
    listed = await scene.ask(STAFF, "GET", "/v1/orders?state=pending&limit=1")
    if listed is not None and listed.status == 200 and listed.body["items"]:
        await _cancel(scene, f"/v1/orders/{listed.body['items'][0]['order_id']}", None)


def _unsent(order: Any) -> list[tuple[str, int]]:
    """SKUs with the pieces that are in no parcel."""
    left = [
        (line["sku"], line["quantity"] - line["fulfilled_quantity"] - line.get("cancelled_quantity", 0))
        for line in order["lines"]
    ]
    return [(sku, pieces) for sku, pieces in left if pieces > 0]


async def _ship(scene: Scene, path: str, order: Any) -> None:
    rng = scene.rng
    lines = [{"sku": sku, "quantity": rng.randint(1, n)} for sku, n in _unsent(order)]
    body: dict[str, Any] = {"carrier": "DHL", "tracking_number": "1"}
    if lines and rng.random() < 0.5:
        body["lines"] = lines[: rng.randint(1, len(lines))]
    if rng.random() < 0.3:
        body["ship"] = False
    await scene.say(f"{path}/fulfilments", body)


async def _pick_and_pack(scene: Scene, path: str, order: Any) -> None:
    """Off a list: what was packed becomes a parcel when the order hears of it."""
    order_id = path.rsplit("/", 1)[1]
    made = await scene.say("/v1/pick-lists", {"warehouse": "LEJ", "owner_ids": [order_id]})
    if made is None or made.status >= 300:
        return
    at = f"/v1/pick-lists/{made.body['pick_list_id']}"
    picked = [
        {"position": line["position"], "picked": line["quantity"] - (scene.rng.random() < 0.1)}
        for line in made.body["lines"]
    ]
    done = await scene.say(f"{at}/picks", {"lines": picked})
    if done is None or done.status >= 300:
        return
    await scene.schedule.sleep(scene.rng.choice((0.0, 0.5)))
    pieces: dict[str, int] = {}
    for line in done.body["lines"]:
        pieces[line["sku"]] = pieces.get(line["sku"], 0) + line["picked"]
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in pieces.items() if quantity]
    if lines:
        await scene.say(f"{at}/packing", {"owner_id": order_id, "lines": lines})


async def _go_on_with_parcel(scene: Scene, path: str, order: Any) -> None:
    if order["fulfilments"]:
        parcel = scene.rng.choice(order["fulfilments"])["fulfilment_id"]
        what = scene.rng.choice(("pack", "ship", "ship", "cancel", "deliver"))
        body: dict[str, str] | None = {} if what in ("ship", "cancel") else None
        await scene.say(f"{path}/fulfilments/{parcel}/{what}", body)


async def _refund(scene: Scene, path: str, order: Any) -> None:
    body: dict[str, Any] = {"reason": "as a favour"}
    if scene.rng.random() < 0.6:
        captured = order["captured"]["amount_minor"]
        body["amount_minor"] = scene.rng.choice((100, 5000, max(1, captured // 2), max(1, captured * 3 // 5)))
    await scene.say(f"{path}/refunds", body)


async def _cancel(scene: Scene, path: str, order: Any) -> None:
    await scene.say(f"{path}/cancel", {"reason": "by staff"})


async def _cancel_pieces(scene: Scene, path: str, order: Any) -> None:
    lines = [{"sku": sku, "quantity": scene.rng.randint(1, n)} for sku, n in _unsent(order)]
    if lines:
        await scene.say(f"{path}/cancellations", {"lines": lines[:1], "reason": "not wanted"})


async def _hold(scene: Scene, path: str, order: Any) -> None:
    await scene.say(f"{path}/hold", {"reason": "looked at"})
    await scene.schedule.sleep(scene.rng.choice((0.02, 1.0)))
    await scene.say(f"{path}/release")


async def _take_back(scene: Scene, path: str, order: Any) -> None:
    """A return goes a step further, whichever it is."""
    listed = await scene.ask(STAFF, "GET", f"{path}/returns")
    if listed is None or listed.status != 200 or not listed.body["items"]:
        return
    known = scene.rng.choice(listed.body["items"])
    at = f"{path}/returns/{known['return_id']}"
    match known["state"]:
        case "requested":
            await scene.say(f"{at}/approve", {"carrier": "DHL"})
        case "approved" | "partially_received":
            await _open_parcel(scene, at, known)
        case "received":
            await scene.say(f"{at}/refund", {"fee_minor": scene.rng.choice((0, 0, 100))})


async def _open_parcel(scene: Scene, at: str, known: Any) -> None:
    pieces = [
        {
            "sku": line["sku"],
            "quantity": line["quantity"] - line["received_quantity"],
            "warehouse": "LEJ",
            "condition": scene.rng.choice(("restock", "damaged", "quality_control", "written_off")),
        }
        for line in known["lines"]
        if line["quantity"] > line["received_quantity"]
    ]
    if pieces:
        await scene.say(f"{at}/receipts", {"pieces": pieces})


async def _record_money(scene: Scene, path: str, order: Any) -> None:
    """A transfer, or what was collected on delivery, came in."""
    listed = await scene.ask(STAFF, "GET", f"/v1/payments?order_id={path.rsplit('/', 1)[1]}")
    for payment in listed.body["items"] if listed is not None and listed.status == 200 else ():
        if payment["method"] in ("bank_transfer", "cash_on_delivery"):
            body = {
                "amount_minor": payment["authorised"]["amount_minor"],
                "reference": "statement 1",
                "received_on": "2026-01-05",
            }
            await scene.say(f"/v1/payments/{payment['payment_id']}/receipts", body)


async def _take_by_hand(scene: Scene, path: str, order: Any) -> None:
    """On the payment's own page, past the order: captured, or given back; sometimes by two at once."""
    rng = scene.rng
    listed = await scene.ask(STAFF, "GET", f"/v1/payments?order_id={path.rsplit('/', 1)[1]}")
    if listed is None or listed.status != 200 or not listed.body["items"]:
        return
    payment = rng.choice(listed.body["items"])
    at = f"/v1/payments/{payment['payment_id']}"
    body: dict[str, Any] = {}
    if rng.random() < 0.7:
        body["amount_minor"] = max(1, payment["authorised"]["amount_minor"] * rng.choice((2, 5, 6, 10)) // 10)
    what = "captures"
    if rng.random() < 0.4:
        what, body["reason"] = "refunds", "by hand"
    if rng.random() < 0.4:
        scene.schedule.start("colleague", None, _colleague(scene, f"{at}/{what}", dict(body)))
    await scene.say(f"{at}/{what}", body)


async def _colleague(scene: Scene, path: str, body: dict[str, Any]) -> None:
    await scene.say(path, body)


async def _edit(scene: Scene, path: str, order: Any) -> None:
    """Another quantity of what the order has, or something more; confirmed by staff."""
    rng = scene.rng
    sku = rng.choice([line["sku"] for line in order["lines"]] + scene.sold[:1])
    begun = await scene.say(f"{path}/edits", {"lines": [{"sku": sku, "quantity": rng.randint(0, 3)}]})
    if begun is not None and begun.status < 300:
        at = f"{path}/edits/{begun.body['edit_id']}"
        await scene.say(f"{at}/{rng.choice(('confirm', 'confirm', 'confirm', 'cancel'))}")


async def _exchange(scene: Scene, path: str, order: Any) -> None:
    sent = [line["sku"] for line in order["lines"] if line["fulfilled_quantity"]]
    if not sent:
        return
    body = {
        "returns": [{"sku": scene.rng.choice(sent), "quantity": 1}],
        "lines": [{"sku": scene.rng.choice(scene.sold), "quantity": 1}],
        "ship": scene.rng.choice(("after_return", "at_once")),
    }
    begun = await scene.say(f"{path}/exchanges", body)
    if begun is not None and begun.status < 300:
        await scene.say(f"{path}/exchanges/{begun.body['edit_id']}/confirm")


async def _pay_due(scene: Scene, path: str, order: Any) -> None:
    """What an edit left to be paid, by a card that the customer reads out."""
    if order.get("due") and order["due"]["amount_minor"] > 0:
        paid = {"payment": {"type": "card", "token": scene.bank.card("4242424242424242")}}
        await scene.say(f"{path}/payments", paid)


async def _decide_claim(scene: Scene, path: str, order: Any) -> None:
    listed = await scene.ask(STAFF, "GET", f"{path}/claims")
    if listed is None or listed.status != 200 or not listed.body["items"]:
        return
    at = f"{path}/claims/{scene.rng.choice(listed.body['items'])['claim_id']}"
    await scene.say(f"{at}/decide", {"outcome": scene.rng.choice(("refund", "replacement", "refusal"))})
    if scene.rng.random() < 0.7:
        await scene.say(f"{at}/ship", {})


_TASKS: tuple[Task, ...] = (
    _ship,
    _ship,
    _ship,
    _go_on_with_parcel,
    _go_on_with_parcel,
    _refund,
    _cancel,
    _cancel_pieces,
    _hold,
    _take_back,
    _take_back,
    _record_money,
    _edit,
    _edit,
    _pay_due,
    _exchange,
    _decide_claim,
)
