"""Ready-made requests of parcels, holds, cancellations, drafts, imports and kept carts."""

from __future__ import annotations

import json
from typing import Any

from tests.promises.market import GUEST, Market, Person
from tests.promises.ready import Ready, email, ready, word
from tests.stage import ADDRESS


async def asked_for(market: Market) -> dict[str, str]:
    """A parcel that waits in the warehouse, as the path names it."""
    order = await market.order(GUEST)
    path = f"/v1/orders/{order['order_id']}/fulfilments"
    asked = await market.send(market.admin, "POST", path, {"ship": False})
    return {"order_id": order["order_id"], "fulfilment_id": asked["fulfilments"][0]["fulfilment_id"]}


@ready("order_post_packing")
async def pack(market: Market) -> Ready:
    return Ready(market.admin, path=await asked_for(market))


@ready("order_post_shipping")
async def ship(market: Market) -> Ready:
    return Ready(market.admin, {"carrier": "DHL", "tracking_number": word()}, await asked_for(market))


@ready("order_post_fulfilment_cancel")
async def cancel_parcel(market: Market) -> Ready:
    return Ready(market.admin, {"reason": "broken"}, await asked_for(market))


@ready("order_put_tracking")
async def correct_tracking(market: Market) -> Ready:
    return Ready(market.admin, {"carrier": "UPS", "tracking_number": word()}, await asked_for(market))


@ready("order_post_hold")
async def hold(market: Market) -> Ready:
    order = await market.order(GUEST)
    return Ready(market.admin, {"reason": "the address looks wrong"}, {"order_id": order["order_id"]})


@ready("order_post_release")
async def release(market: Market) -> Ready:
    held = await hold(market)
    assert held.path is not None, "made above"
    await market.send(market.admin, "POST", f"/v1/orders/{held.path['order_id']}/hold", held.body)
    return Ready(market.admin, path=held.path)


@ready("order_post_order_cancellation")
async def cancel_pieces(market: Market) -> Ready:
    person = await market.person()
    order = await market.order(person, quantity=3)
    body = {"lines": [{"sku": order["sku"], "quantity": 1}], "reason": "one too many"}
    return Ready(person, body, {"order_id": order["order_id"]})


async def terms(market: Market) -> dict[str, Any]:
    line = {"sku": await market.article(), "quantity": 1}
    return {"email": email(), "lines": [line], "shipping_address": ADDRESS}


async def draft(market: Market) -> dict[str, str]:
    made = await market.send(market.admin, "POST", "/v1/order-drafts", await terms(market))
    return {"order_id": made["order"]["order_id"]}


@ready("order_post_draft")
async def put_together(market: Market) -> Ready:
    return Ready(market.admin, await terms(market))


@ready("order_patch_draft")
async def change_draft(market: Market) -> Ready:
    return Ready(market.admin, {"version": 1, "shipping": {"price_minor": 390}}, await draft(market))


@ready("order_post_draft_sending")
async def send_draft(market: Market) -> Ready:
    return Ready(market.admin, {"message": "as we spoke"}, await draft(market))


@ready("order_post_draft_reservation")
async def reserve_draft(market: Market) -> Ready:
    return Ready(market.admin, path=await draft(market))


@ready("order_post_reissue")
async def reissue(market: Market) -> Ready:
    order = await market.order(GUEST)
    return Ready(market.admin, {"prices": "old"}, {"order_id": order["order_id"]})


@ready("order_post_order_import")
async def bring_in(market: Market) -> Ready:
    order = {
        "external_id": word(),
        "placed_at": "2020-02-02T10:00:00Z",
        "email": email(),
        "shipping_address": {"country": "DE"},
        "lines": [{"sku": "OLD", "quantity": 1, "unit_price_minor": 500}],
    }
    return Ready(market.admin, json.dumps(order).encode(), query={"source": "oldshop"})


async def own_cart(market: Market) -> tuple[Person, dict[str, str]]:
    person = await market.person()
    return person, {"cart_id": (await market.cart(person))["cart_id"]}


@ready("order_post_cart_saving")
async def save_cart(market: Market) -> Ready:
    person, path = await own_cart(market)
    return Ready(person, {"name": "For later"}, path)


@ready("order_post_cart_activation")
async def activate_cart(market: Market) -> Ready:
    person, path = await own_cart(market)
    await market.send(person, "POST", f"/v1/carts/{path['cart_id']}/save", {"name": "For later"})
    return Ready(person, path=path)


@ready("order_delete_cart")
async def discard_cart(market: Market) -> Ready:
    person, path = await own_cart(market)
    return Ready(person, path=path)
