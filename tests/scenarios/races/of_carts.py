"""Races at the till: a cart that changes while it is paid, one code and one gift card in many hands."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from tests.scenarios.races.race import Heat, Race
from tests.scenarios.races.ring import Bank, Ring
from tests.stage import key

PRICE_MINOR = 8_000  # from 75 EUR shipping is free: what an order of one comes to
PLENTY = 1_000_000
HANDS, USES = 64, 3


async def cart_edit_during_payment(ring: Ring) -> Heat:
    """The cart is paid in one tab, for the total shown, while two others change it: one of the three is done."""
    sku = await ring.stage.article(PLENTY, PRICE_MINOR)

    async def heat() -> list[str]:
        cart = await ring.stage.cart(ring.guest, [(sku, 1)])
        path = f"/v1/carts/{cart['cart_id']}/lines/{sku}"

        async def edit(quantity: int) -> httpx.Response:
            body = {"quantity": quantity, "version": cart["version"]}
            return await ring.guest.put(path, json=body, headers=key())

        ordered, two, three = await ring.at_once(
            ring.place(cart["cart_id"], card_token=ring.card, expected_total_minor=PRICE_MINOR),
            edit(2),
            edit(3),
        )
        codes = {answer.json()["code"] for answer in (ordered, two, three) if not answer.is_success}
        assert codes <= {"total_changed", "cart_changed", "cart_not_open", "cart_busy"}, codes
        if ordered.is_success:
            order = ordered.json()
            assert order["totals"]["total_minor"] == PRICE_MINOR, order
            assert [line["quantity"] for line in order["lines"]] == [1], order

            async def check(bank: Bank) -> None:
                done = bank(order["order_id"])
                assert done == {"authorise": PRICE_MINOR}, f"{order['number']}: {done}"

            ring.afterwards.append(check)
        else:
            seen = (await ring.guest.get(f"/v1/carts/{cart['cart_id']}")).json()
            assert [line["quantity"] for line in seen["lines"]] == [2 if two.is_success else 3], seen
        return ["order"] * ordered.is_success + ["edit"] * (two.is_success + three.is_success)

    return heat


async def uses_of_one_code(ring: Ring) -> Heat:
    """64 orders with a code that is good for three."""
    sku = await ring.stage.article(PLENTY, PRICE_MINOR)
    carts: list[str] = []

    async def heat() -> list[str]:
        code = f"RACE{uuid.uuid4().hex[:12].upper()}"
        offer = {
            "name": code,
            "codes": [code],
            "kind": "percentage",
            "basis_points": 500,
            "most_uses": USES,
        }
        promotion = await ring.send(ring.admin, "POST", "/v1/promotions", offer)
        carts.extend(await filled(ring, sku, HANDS - len(carts)))
        change = {"discount_codes": [code]}
        await ring.at_once(*(ring.send(ring.guest, "PATCH", f"/v1/carts/{cart}", change) for cart in carts))
        answers = await ring.at_once(*map(ring.place, carts))
        won = [answer.is_success for answer in answers]
        codes = {answer.json()["code"] for answer in answers if not answer.is_success}
        assert codes == {"discount_used_up"}, codes
        totals = {answer.json()["totals"]["discount_minor"] for answer in answers if answer.is_success}
        assert totals == {PRICE_MINOR // 20}, totals
        carts[:] = [cart for cart, ordered in zip(carts, won, strict=True) if not ordered]
        seen = await ring.send(ring.admin, "GET", f"/v1/promotions/{promotion['promotion_id']}")
        assert seen["uses"] == USES, seen["uses"]
        return ["order"] * sum(won)

    return heat


async def uses_of_one_gift_card(ring: Ring) -> Heat:
    """64 orders are paid with a gift card that has enough for three."""
    sku = await ring.stage.article(PLENTY, PRICE_MINOR)

    async def heat() -> list[str]:
        body = {"amount_minor": USES * PRICE_MINOR, "currency": "EUR"}
        code = (await ring.send(ring.admin, "POST", "/v1/gift-cards", body))["code"]
        carts = await filled(ring, sku, HANDS)
        answers = await ring.at_once(*(ring.place(cart, gift_cards=[code]) for cart in carts))
        orders: list[dict[str, Any]] = [answer.json() for answer in answers]
        won = sum(order.get("state") == "placed" for order in orders)
        lost = {
            (order.get("state"), order.get("reason")) for order in orders if order.get("state") != "placed"
        }
        reasons = {("payment_failed", it) for it in ("gift_card_empty", "gift_cards_too_small")}
        assert lost <= reasons, lost
        left: Any = await ring.guest.post("/v1/gift-cards/balance", json={"code": code})
        assert left.json()["balance"]["amount_minor"] == (USES - won) * PRICE_MINOR, left.text
        return ["order"] * won

    return heat


async def filled(ring: Ring, sku: str, many: int) -> list[str]:
    """So many new carts with a piece in each, ready to be ordered."""
    made = await ring.at_once(*(ring.stage.cart(ring.guest, [(sku, 1)]) for _ in range(many)))
    return [cart["cart_id"] for cart in made]


RACES = (
    Race("cart edit during payment", cart_edit_during_payment, winners=1, few=4),
    Race("64 uses of one code", uses_of_one_code, winners=USES, few=1, lanes=1),
    Race("64 uses of one gift card", uses_of_one_gift_card, winners=USES, few=1, lanes=1),
)
