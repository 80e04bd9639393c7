"""Ready-made requests of edits, returns, exchanges and claims."""

from __future__ import annotations

from typing import Any

from tests.promises.market import GUEST, Market, Person
from tests.promises.ready import PICTURE, Ready, ready


async def _sent(market: Market, quantity: int = 2) -> dict[str, Any]:
    """A guest's order of which everything was shipped."""
    order = await market.order(GUEST, quantity=quantity)
    await market.send(market.admin, "POST", f"/v1/orders/{order['order_id']}/fulfilments", {})
    await market.shop.deliver_events()
    return order


def _line(order: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"sku": order["sku"], "quantity": 1, **more}


async def _returned(market: Market, state: str = "requested") -> tuple[dict[str, Any], str]:
    """An order and a return of it, as far as `state`."""
    order = await _sent(market)
    path = f"/v1/orders/{order['order_id']}/returns"
    made = await market.send(market.admin, "POST", path, {"lines": [_line(order)]})
    one = f"{path}/{made['return_id']}"
    if state != "requested":
        await market.send(market.admin, "POST", f"{one}/approve", {})
    if state == "received":
        pieces = [_line(order, warehouse="LEJ", condition="restock")]
        await market.send(market.admin, "POST", f"{one}/receipts", {"pieces": pieces})
    return order, str(made["return_id"])


def _of_return(
    order: dict[str, Any], return_id: str, body: Any, market: Market, who: Person | None = None
) -> Ready:
    path = {"order_id": order["order_id"], "return_id": return_id}
    return Ready(who or market.admin, body, path)


@ready("order_post_return")
async def ask_for_return(market: Market) -> Ready:
    order = await _sent(market)
    body = {"lines": [_line(order)]}
    return Ready(GUEST, body, {"order_id": order["order_id"]}, {"token": order["token"]})


@ready("order_post_return_approval")
async def approve_return(market: Market) -> Ready:
    return _of_return(*await _returned(market), {"label": "RT-1", "carrier": "DHL"}, market)


@ready("order_post_return_refusal")
async def refuse_return(market: Market) -> Ready:
    return _of_return(*await _returned(market), {"reason": "made to measure"}, market)


@ready("order_post_return_cancel")
async def cancel_return(market: Market) -> Ready:
    order, return_id = await _returned(market)
    path = {"order_id": order["order_id"], "return_id": return_id}
    return Ready(GUEST, None, path, {"token": order["token"]})


@ready("order_post_return_receipt")
async def receive_return(market: Market) -> Ready:
    order, return_id = await _returned(market, "approved")
    pieces = [_line(order, warehouse="LEJ", condition="damaged")]
    return _of_return(order, return_id, {"pieces": pieces}, market)


@ready("order_post_return_refund")
async def refund_return(market: Market) -> Ready:
    return _of_return(*await _returned(market, "received"), {"fee_minor": 100}, market)


@ready("order_post_return_close")
async def close_return(market: Market) -> Ready:
    return _of_return(*await _returned(market, "received"), {"reason": "as agreed"}, market)


async def _edit(market: Market, noun: str, *, asked: bool = False) -> tuple[dict[str, Any], dict[str, str]]:
    order = await market.order(GUEST, quantity=2) if noun == "edit" else await _sent(market)
    path = f"/v1/orders/{order['order_id']}/{noun}s"
    made = await market.send(market.admin, "POST", path, _change(order, noun))
    if asked:
        await market.send(market.admin, "POST", f"{path}/{made['edit_id']}/request", {})
    return order, {"order_id": order["order_id"], f"{noun}_id": made["edit_id"]}


def _change(order: dict[str, Any], noun: str) -> dict[str, Any]:
    if noun == "edit":
        return {"lines": [_line(order)], "reason": "one less"}
    return {"returns": [_line(order)], "lines": [_line(order)]}


@ready("order_post_edit")
async def begin_edit(market: Market) -> Ready:
    order = await market.order(GUEST, quantity=2)
    return Ready(market.admin, _change(order, "edit"), {"order_id": order["order_id"]})


@ready("order_post_exchange")
async def begin_exchange(market: Market) -> Ready:
    order = await _sent(market)
    return Ready(market.admin, _change(order, "exchange"), {"order_id": order["order_id"]})


@ready("order_put_edit")
async def change_edit(market: Market) -> Ready:
    order, path = await _edit(market, "edit")
    return Ready(market.admin, {"lines": [{"sku": order["sku"], "quantity": 3}]}, path)


@ready("order_put_exchange")
async def change_exchange(market: Market) -> Ready:
    order, path = await _edit(market, "exchange")
    return Ready(market.admin, {**_change(order, "exchange"), "ship": "at_once"}, path)


@ready("order_post_edit_request")
async def propose_edit(market: Market) -> Ready:
    return Ready(market.admin, {"message": "is this right?"}, (await _edit(market, "edit"))[1])


@ready("order_post_exchange_request")
async def propose_exchange(market: Market) -> Ready:
    return Ready(market.admin, {"message": "is this right?"}, (await _edit(market, "exchange"))[1])


@ready("order_post_edit_confirmation")
async def confirm_edit(market: Market) -> Ready:
    order, path = await _edit(market, "edit", asked=True)
    return Ready(GUEST, None, path, {"token": order["token"]})


@ready("order_post_exchange_confirmation")
async def confirm_exchange(market: Market) -> Ready:
    order, path = await _edit(market, "exchange", asked=True)
    return Ready(GUEST, None, path, {"token": order["token"]})


@ready("order_post_edit_refusal")
async def refuse_edit(market: Market) -> Ready:
    order, path = await _edit(market, "edit", asked=True)
    return Ready(GUEST, None, path, {"token": order["token"]})


@ready("order_post_exchange_refusal")
async def refuse_exchange(market: Market) -> Ready:
    order, path = await _edit(market, "exchange", asked=True)
    return Ready(GUEST, None, path, {"token": order["token"]})


@ready("order_post_edit_cancel")
async def cancel_edit(market: Market) -> Ready:
    return Ready(market.admin, None, (await _edit(market, "edit"))[1])


@ready("order_post_exchange_cancel")
async def cancel_exchange(market: Market) -> Ready:
    return Ready(market.admin, None, (await _edit(market, "exchange"))[1])


async def _claimed(market: Market) -> tuple[dict[str, Any], dict[str, str]]:
    order = await _sent(market)
    body = {"kind": "damaged", "lines": [_line(order)]}
    made = await market.send(market.admin, "POST", f"/v1/orders/{order['order_id']}/claims", body)
    return order, {"order_id": order["order_id"], "claim_id": made["claim_id"]}


@ready("order_post_claim")
async def make_claim(market: Market) -> Ready:
    order = await _sent(market)
    body = {"kind": "damaged", "lines": [_line(order)], "evidence": ["https://photos.example/1.jpg"]}
    return Ready(GUEST, body, {"order_id": order["order_id"]}, {"token": order["token"]})


@ready("order_post_claim_cancel")
async def cancel_claim(market: Market) -> Ready:
    order, path = await _claimed(market)
    return Ready(GUEST, None, path, {"token": order["token"]})


@ready("order_post_claim_photo")
async def add_claim_photo(market: Market) -> Ready:
    order, path = await _claimed(market)
    return Ready(GUEST, PICTURE, path, {"token": order["token"]})


@ready("order_delete_claim_photo")
async def remove_claim_photo(market: Market) -> Ready:
    order, path = await _claimed(market)
    token = {"token": order["token"]}
    made = await market.edge.post(
        f"/v1/orders/{path['order_id']}/claims/{path['claim_id']}/photos", content=PICTURE, params=token
    )
    return Ready(GUEST, None, {**path, "photo_id": made.json()["photo_id"]}, token)


@ready("order_post_claim_decision")
async def decide_claim(market: Market) -> Ready:
    return Ready(market.admin, {"outcome": "refund", "message": "sorry"}, (await _claimed(market))[1])


@ready("order_post_replacement")
async def ship_replacement(market: Market) -> Ready:
    order, path = await _claimed(market)
    decide = f"/v1/orders/{order['order_id']}/claims/{path['claim_id']}/decide"
    await market.send(market.admin, "POST", decide, {"outcome": "replacement"})
    return Ready(market.admin, {"carrier": "DHL", "tracking_number": "0034"}, path)
