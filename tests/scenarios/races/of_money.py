"""Races for money: who takes it, who gives it back, who was in time."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.scenarios.races.race import Heat, Race
from tests.scenarios.races.ring import Bank, Ring
from tests.stage import SETTLE_SECONDS, key

PRICE_MINOR = 10_000  # from 75 EUR shipping is free: what an order of one comes to
PLENTY = 1_000_000
REFUNDS, REFUND_MINOR = 100, 6_000
VOIDED_WITHIN_SECONDS = 0.15  # after a cancellation, about: an event takes it to the payment
CHALLENGED_ABREAST, UNANSWERED_ABREAST = 16, 4


async def capture_against_cancel(ring: Ring) -> Heat:
    """The warehouse ships, which captures, while the shopper cancels: one is done, the other refused."""
    sku = await ring.stage.article(PLENTY, PRICE_MINOR)

    async def heat() -> list[str]:
        order = await ring.placed(sku)
        path = f"/v1/orders/{order['order_id']}/fulfilments"
        shipped, cancelled = await ring.at_once(
            ring.warehouse.post(path, json={}, headers=key()), ring.of_order(order, "/cancel", {})
        )
        codes = {answer.json()["code"] for answer in (shipped, cancelled) if not answer.is_success}
        assert codes <= {"order_not_fulfillable", "order_not_cancellable"}, (shipped.text, cancelled.text)

        async def check(bank: Bank) -> None:
            seen = await ring.order(order)
            done = bank(order["order_id"])
            moved = "capture" if shipped.is_success else "void"
            assert seen["state"] == ("fulfilled" if shipped.is_success else "cancelled"), seen
            assert done == {"authorise": PRICE_MINOR, moved: PRICE_MINOR}, f"{seen['number']}: {done}"

        ring.afterwards.append(check)
        return ["capture"] * shipped.is_success + ["cancel"] * cancelled.is_success

    return heat


async def capture_by_hand_against_cancel(ring: Ring) -> Heat:
    """Staff capture on the payment's page while the shopper cancels: the order is cancelled and nothing is kept."""
    sku = await ring.stage.article(PLENTY, PRICE_MINOR)

    async def heat() -> list[str]:
        order = await ring.placed(sku)
        payment_id = (await ring.order(order))["payment"]["payment_id"]
        path = f"/v1/payments/{payment_id}/captures"
        captured, cancelled = await ring.at_once(
            ring.admin.post(path, json={"amount_minor": REFUND_MINOR}, headers=key()),
            ring.of_order(order, "/cancel", {}),
            apart_seconds=VOIDED_WITHIN_SECONDS,
        )
        assert captured.status_code in (200, 201, 202, 409), captured.text

        async def check(bank: Bank) -> None:
            seen, done = await ring.order(order), bank(order["order_id"])
            assert seen["state"] == "cancelled", seen
            assert done.get("capture", 0) == done.get("refund", 0), f"{seen['number']}: {done}"
            assert seen["payment"]["status"] in ("voided", "refunded"), seen["payment"]

        ring.afterwards.append(check)
        how = "after a capture" if captured.is_success else "before it"
        return [f"cancel {how}"] * cancelled.is_success

    return heat


async def webhook_against_completion_against_expiry(ring: Ring) -> Heat:
    """Shoppers say yes at the bank, its webhooks come, the shoppers come back twice, and their time is just over:
    each order is placed or expired, once, and what expired holds no money."""
    sku = await ring.stage.article(PLENTY, PRICE_MINOR)
    challenged = await ring.stage.card_token("3ds")

    async def begun() -> Any:
        cart = await ring.stage.cart(ring.guest, [(sku, 1)])
        order = (await ring.place(cart["cart_id"], card_token=challenged)).json()
        assert order["state"] == "action_required", order
        return order

    async def come_back(order: Any) -> Any:
        return (await ring.of_order(order, "/payments/confirm")).json()["state"]

    async def approve(order: Any) -> None:
        answer = await ring.bank.post(order["action_url"], data={"outcome": "approve"})
        assert answer.status_code in (200, 303, 409, 410), answer.text

    async def heat() -> list[str]:
        orders = await ring.at_once(*(begun() for _ in range(CHALLENGED_ABREAST)))
        await ring.time_out(orders)
        acts = [act(order) for order in orders for act in (approve, come_back, come_back)]
        told = await ring.at_once(*acts)

        async def check(bank: Bank) -> None:
            for number, order in enumerate(orders):
                ends, done = await _ends(ring, order), bank(order["order_id"])
                assert len(ends) == 1, f"{order['number']}: {ends}"
                kept = done.get("authorise", 0) - done.get("void", 0)
                assert kept == (PRICE_MINOR if ends == ["placed"] else 0), f"{order['number']}: {ends} {done}"
                if "placed" in told[3 * number : 3 * number + 3]:
                    assert ends == ["placed"], f"{order['number']} was told to be placed and is {ends}"

        ring.afterwards.append(check)
        ended = [await ring.stage.wait_for_state(ring.guest, it, "placed", "expired") for it in orders]
        return [order["state"] for order in ended]

    return heat


async def _ends(ring: Ring, order: Any) -> list[str]:
    """Each time that the order was placed, or expired."""
    history = (await ring.order(order))["history"]
    states = [entry["to_state"] for entry in history if entry["kind"] == "state"]
    return [state for state in states if state in ("placed", "expired", "cancelled")]


async def webhook_against_completion_against_silence(ring: Ring) -> Heat:
    """The processor authorises and never answers: its webhook, two tabs of the shopper and the job complete one
    order, which is charged once."""
    sku = await ring.stage.article(PLENTY, PRICE_MINOR)

    async def heat() -> list[str]:
        carts = [await ring.stage.cart(ring.guest, [(sku, 1)]) for _ in range(UNANSWERED_ABREAST)]
        fault = {"operation": "authorise", "kind": "timeout_after", "times": UNANSWERED_ABREAST}
        await ring.order_faults(fault)
        tabs = [cart["cart_id"] for cart in carts for _ in range(2)]
        answers = await ring.at_once(*map(ring.place, tabs))
        orders = set()
        for first, second in zip(answers[::2], answers[1::2], strict=True):
            told = [it.json() for it in (first, second) if it.is_success]
            assert {it.status_code for it in (first, second)} <= {201, 202, 503}, (first.text, second.text)
            orders |= {order["number"] for order in told}
            for order in told[:1]:
                ring.afterwards.append(_placed_once(ring, order))
        return ["order"] * len(orders)

    return heat


def _placed_once(ring: Ring, order: Any) -> Any:
    async def check(bank: Bank) -> None:
        seen = await ring.stage.wait_for_state(ring.admin, {"order_id": order["order_id"]}, "placed")
        assert bank(order["order_id"]) == {"authorise": PRICE_MINOR}, f"{seen['number']} was charged twice"
        ends = await _ends(ring, order)
        assert ends == ["placed"], f"{seen['number']}: {ends}"

    return check


async def refunds_at_once(ring: Ring) -> Heat:
    """A hundred times 60 % of what was captured is asked back at once: it is given back once."""
    sku = await ring.stage.article(PLENTY, PRICE_MINOR)

    async def heat() -> list[str]:
        order = await ring.placed(sku)
        path = f"/v1/orders/{order['order_id']}"
        await ring.send(ring.warehouse, "POST", f"{path}/fulfilments", {})
        await _captured(ring, order)
        body = {"amount_minor": REFUND_MINOR, "reason": "arrived broken"}
        answers = await ring.at_once(
            *(ring.admin.post(f"{path}/refunds", json=body, headers=key()) for _ in range(REFUNDS))
        )
        codes = {answer.json()["code"] for answer in answers if not answer.is_success}
        assert codes == {"refund_too_large"}, codes

        async def check(bank: Bank) -> None:
            seen, done = await ring.order(order), bank(order["order_id"])
            assert seen["refunded"]["amount_minor"] == REFUND_MINOR, f"{seen['number']}: {seen['refunded']}"
            assert done.get("refund") == REFUND_MINOR, f"{seen['number']}: {done}"

        ring.afterwards.append(check)
        return ["refund"] * sum(answer.is_success for answer in answers)

    return heat


async def _captured(ring: Ring, order: Any) -> None:
    """Until the order has heard from the payment service what was captured."""
    async with asyncio.timeout(SETTLE_SECONDS):
        while (await ring.order(order))["captured"]["amount_minor"] != PRICE_MINOR:
            await asyncio.sleep(0.05)


RACES = (
    Race("capture against cancel", capture_against_cancel, winners=1, few=4),
    Race("capture by hand against cancel", capture_by_hand_against_cancel, winners=1, few=4),
    Race(
        "webhook against completion against expiry",
        webhook_against_completion_against_expiry,
        winners=1,
        few=CHALLENGED_ABREAST,
        lanes=1,
        abreast=CHALLENGED_ABREAST,
    ),
    Race(
        "webhook against completion against silence",
        webhook_against_completion_against_silence,
        winners=1,
        few=4,
        lanes=1,
        abreast=UNANSWERED_ABREAST,
        faults_ordered=True,
    ),
    Race("100 refunds of 60 %", refunds_at_once, winners=1, few=2),
)
