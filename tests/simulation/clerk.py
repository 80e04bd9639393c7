"""The clerk: orders put together for somebody on the telephone, held, changed and sent as a link that is paid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.simulation.processor import EPOCH
from tests.simulation.scene import ANOTHER, Scene
from tests.simulation.shoppers import pay_link
from tests.stage import ADDRESS


async def put_orders_together(scene: Scene, rounds: int) -> None:
    rng = scene.rng
    for _ in range(rounds):
        await scene.schedule.sleep(rng.choice((0.02, 1.0)))
        drafted = await scene.say("/v1/order-drafts", _terms(scene))
        if drafted is None or drafted.status >= 300:
            continue
        order = drafted.body["order"]
        path = f"/v1/order-drafts/{order['order_id']}"
        if rng.random() < 0.3:
            scene.schedule.start("colleague", None, _change(scene, path))
        if rng.random() < 0.5:
            await scene.say(f"{path}/reserve")
        sent = await scene.say(f"{path}/send", {"message": "As we spoke"})
        if sent is not None and sent.status < 300 and rng.random() < 0.8:
            scene.schedule.start(
                f"payer of {order['order_id'][-4:]}", None, pay_link(scene, sent.body["order"])
            )
        if rng.random() < 0.2:
            await scene.say(f"/v1/orders/{order['order_id']}/cancel", {"reason": "called again"})


def _terms(scene: Scene) -> dict[str, Any]:
    """An article or two, and maybe something in the clerk's own words. What is not paid in time expires."""
    rng = scene.rng
    lines: list[dict[str, Any]] = [
        {"sku": sku, "quantity": rng.randint(1, 2)} for sku in rng.sample(scene.sold, rng.randint(1, 2))
    ]
    if rng.random() < 0.3:
        lines.append({"title": "Engraving", "quantity": 1, "unit_price_minor": 801})
    expires_at = EPOCH + timedelta(milliseconds=scene.schedule.now_ms, seconds=rng.choice((10, 900)))
    terms = {
        "email": "ada@example.com",
        "lines": lines,
        "shipping_address": ADDRESS,
        "shipping": {"method": "standard", "price_minor": 490},
        "expires_at": expires_at.isoformat(),
    }
    if rng.random() < 0.4:
        terms["discount"] = {"kind": "percentage", "basis_points": 333, "reason": "a regular"}
    return terms


async def _change(scene: Scene, path: str) -> None:
    """By a colleague who has the draft open as well."""
    found = await scene.ask(ANOTHER, "GET", path)
    if found is not None and found.status == 200:
        body = {"version": found.body["order"]["version"], "lines": _terms(scene)["lines"]}
        await scene.ask(ANOTHER, "PATCH", path, body, scene.key())
