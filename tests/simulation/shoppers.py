"""Shoppers: fill a cart, order it in one tab or two, pay as far as it goes, think again, send things back."""

from __future__ import annotations

from typing import Any

from tests.simulation.scene import Scene
from tests.stage import ADDRESS
from tradewind.kernel.identity import GUEST

GOOD, DECLINED, SOFT, CHALLENGE = (
    "4242424242424242",
    "4000000000000002",
    "4000000000009995",
    "4000002500003155",
)


async def prepare_cart(scene: Scene, code: str | None) -> str:
    lines = [
        {"sku": sku, "quantity": scene.rng.choice((1, 1, 1, 2, 3))}
        for sku in scene.rng.sample(scene.sold, scene.rng.randint(1, 2))
    ]
    cart = await scene.ask(GUEST, "POST", "/v1/carts", {"currency": "EUR", "lines": lines}, scene.key())
    assert cart is not None and cart.status == 201, cart
    change = {"email": "ada@example.com", "shipping_address": ADDRESS, "shipping_method": "standard"}
    if code is not None:
        change["discount_code"] = code
    path = f"/v1/carts/{cart.body['cart_id']}"
    changed = await scene.ask(GUEST, "PATCH", path, change, scene.key())
    assert changed is not None and changed.status == 200, changed
    return str(cart.body["cart_id"])


async def shop(scene: Scene, cart_id: str) -> None:
    rng = scene.rng
    body = {"cart_id": cart_id, "return_url": "http://127.0.0.1:8000/back", **_pays(scene)}
    if scene.terms.collects and rng.random() < 0.5:
        body["pickup"] = rng.choice(("LEJ", "LEJ", "HAM"))
    if rng.random() < 0.25:
        scene.schedule.start(f"second tab of {cart_id[-4:]}", None, _order(scene, dict(body)))
    if rng.random() < 0.2:
        scene.schedule.start(f"edit of {cart_id[-4:]}", None, _edit(scene, cart_id))
    await _order(scene, body)


def _pays(scene: Scene) -> dict[str, Any]:
    rng = scene.rng
    number = rng.choice((GOOD, GOOD, GOOD, GOOD, GOOD, DECLINED, SOFT, CHALLENGE, CHALLENGE, CHALLENGE))
    method: dict[str, Any] = {"type": "card", "token": scene.bank.card(number)}
    if rng.random() < 0.15:
        method = {"type": rng.choice(("bank_transfer", "cash_on_delivery"))}
    paid: dict[str, Any] = {"payment": method}
    if scene.gift_code is not None and rng.random() < 0.5:
        paid["gift_cards"] = [scene.gift_code]
    return paid


async def _order(scene: Scene, body: dict[str, Any]) -> None:
    order = scene.learn(await scene.ask(GUEST, "POST", "/v1/orders", body, scene.key()))
    if order is not None:
        await _follow(scene, order)


async def pay_link(scene: Scene, draft: Any) -> None:
    """A draft that was sent: paid, by two at once now and then, or not for a while."""
    await scene.schedule.sleep(scene.rng.choice((0.02, 0.02, 0.5, 12.0)))
    path = f"/v1/orders/{draft['order_id']}/payments?token={draft['token']}"
    body = {"return_url": "http://127.0.0.1:8000/back", **_pays(scene)}
    if scene.rng.random() < 0.25:
        scene.schedule.start(f"second tab of {draft['order_id'][-4:]}", None, _pay(scene, path, dict(body)))
    await _pay(scene, path, body)


async def _pay(scene: Scene, path: str, body: dict[str, Any]) -> None:
    order = scene.learn(await scene.ask(GUEST, "POST", path, body, scene.key()))
    if order is not None:
        await _follow(scene, order)


async def _edit(scene: Scene, cart_id: str) -> None:
    line = {"sku": scene.rng.choice(scene.sold), "quantity": 1}
    await scene.ask(GUEST, "POST", f"/v1/carts/{cart_id}/lines", line, scene.key())


async def _follow(scene: Scene, order: Any) -> None:
    rng, path = scene.rng, f"/v1/orders/{order['order_id']}"
    token = f"?token={order['token']}"
    if order["state"] == "action_required" and rng.random() < 0.85:
        scene.bank.decide(order["action_url"], approved=rng.random() < 0.75)
        if rng.random() < 0.7:
            answered = await scene.ask(GUEST, "POST", f"{path}/payments/confirm{token}", None, scene.key())
            order = scene.learn(answered) or order
    if order["state"] == "payment_failed" and rng.random() < 0.7:
        number = rng.choice((GOOD, DECLINED, CHALLENGE))
        again = {"payment": {"type": "card", "token": scene.bank.card(number)}}
        answered = await scene.ask(GUEST, "POST", f"{path}/payments{token}", again, scene.key())
        order = scene.learn(answered) or order
    unsure = order["state"] == "pending"  # nobody can say yet whether it was paid
    impatient = 0.9 if scene.bank.dawdles else 0.4
    if rng.random() < (impatient if unsure else 0.15):
        await scene.schedule.sleep(0.01 if scene.bank.dawdles else rng.choice((0.01, 5.0)))
        await scene.ask(GUEST, "POST", f"{path}/cancel{token}", {"reason": "thought again"}, scene.key())
    elif rng.random() < 0.3:
        await scene.schedule.sleep(rng.choice((20.0, 60.0) if scene.terms.patient else (3.0, 20.0)))
        await _send_back(scene, path, token)


async def _send_back(scene: Scene, path: str, token: str) -> None:
    found = await scene.ask(GUEST, "GET", f"{path}{token}")
    if found is None or found.status != 200:
        return
    sent = [(line["sku"], line["fulfilled_quantity"]) for line in found.body["lines"]]
    lines = [{"sku": sku, "quantity": scene.rng.randint(1, n)} for sku, n in sent if n > 0]
    if lines and scene.rng.random() < 0.75:
        await scene.ask(GUEST, "POST", f"{path}/returns{token}", {"lines": lines}, scene.key())
    elif lines:
        claim = {"kind": "damaged", "lines": lines[:1]}
        await scene.ask(GUEST, "POST", f"{path}/claims{token}", claim, scene.key())
