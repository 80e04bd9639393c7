"""Ready-made requests of carts, orders and the shop's terms."""

from __future__ import annotations

from tests.promises.market import GUEST, Market
from tests.promises.ready import Ready, ready, word


@ready("order_post_cart")
async def begin_cart(market: Market) -> Ready:
    return Ready(GUEST, {"lines": [{"sku": await market.article(), "quantity": 1}]})


@ready("order_patch_cart")
async def change_cart(market: Market) -> Ready:
    cart = await market.cart(GUEST)
    return Ready(GUEST, {"email": "king@example.com"}, {"cart_id": cart["cart_id"]})


@ready("order_post_cart_line")
async def add_line(market: Market) -> Ready:
    cart = await market.cart(GUEST)
    return Ready(GUEST, {"sku": cart["sku"], "quantity": 2}, {"cart_id": cart["cart_id"]})


@ready("order_put_cart_line")
async def set_line(market: Market) -> Ready:
    cart = await market.cart(GUEST)
    return Ready(GUEST, {"quantity": 3}, {"cart_id": cart["cart_id"], "sku": cart["sku"]})


@ready("order_delete_cart_line")
async def remove_line(market: Market) -> Ready:
    cart = await market.cart(GUEST)
    return Ready(GUEST, path={"cart_id": cart["cart_id"], "sku": cart["sku"]})


@ready("order_post_cart_claim")
async def claim_cart(market: Market) -> Ready:
    """Joined with a cart that the account has."""
    person = await market.person()
    await market.cart(person)
    return Ready(person, path={"cart_id": (await market.cart(GUEST))["cart_id"]})


@ready("order_post_order")
async def place_order(market: Market) -> Ready:
    cart = await market.cart(GUEST)
    return Ready(GUEST, {"cart_id": cart["cart_id"], "card_token": await market.card_token()})


@ready("order_post_order_payment")
async def pay_again(market: Market) -> Ready:
    order = await market.order(GUEST, card="declined")
    assert order["state"] == "payment_failed", order
    body = {"card_token": await market.card_token()}
    return Ready(GUEST, body, {"order_id": order["order_id"]}, {"token": order["token"]})


@ready("order_post_order_confirmation")
async def confirm_payment(market: Market) -> Ready:
    order = await market.order(GUEST, card="3ds")
    assert order["state"] == "action_required", order
    return Ready(GUEST, path={"order_id": order["order_id"]}, query={"token": order["token"]})


@ready("order_post_order_cancel")
async def cancel_order(market: Market) -> Ready:
    person = await market.person()
    order = await market.order(person)
    return Ready(person, {"reason": "ordered by mistake"}, {"order_id": order["order_id"]})


@ready("order_post_fulfilment")
async def fulfil_order(market: Market) -> Ready:
    order = await market.order(GUEST, quantity=3)
    body = {"lines": [{"sku": order["sku"], "quantity": 1}], "carrier": "DHL", "tracking_number": word()}
    return Ready(market.admin, body, {"order_id": order["order_id"]})


@ready("order_post_delivery")
async def deliver(market: Market) -> Ready:
    order = await market.order(GUEST)
    path = f"/v1/orders/{order['order_id']}/fulfilments"
    shipped = await market.send(market.admin, "POST", path, {})
    fulfilment_id = shipped["fulfilments"][0]["fulfilment_id"]
    return Ready(market.admin, path={"order_id": order["order_id"], "fulfilment_id": fulfilment_id})


@ready("order_post_refund")
async def refund(market: Market) -> Ready:
    order = await market.order(GUEST)
    await market.send(market.admin, "POST", f"/v1/orders/{order['order_id']}/fulfilments", {})
    await market.shop.deliver_events()
    return Ready(market.admin, {"amount_minor": 500, "reason": "late"}, {"order_id": order["order_id"]})


@ready("order_post_note")
async def note(market: Market) -> Ready:
    order = await market.order(GUEST)
    return Ready(market.admin, {"text": "called twice"}, {"order_id": order["order_id"]})


@ready("order_post_order_lookup")
async def look_up(market: Market) -> Ready:
    order = await market.order(GUEST)
    return Ready(GUEST, {"number": order["number"], "email": order["email"]})
