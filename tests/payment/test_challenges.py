"""3-D Secure: the shopper's word is found by whoever asks first, and counts once."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from tests.payment.till import Till
from tests.processor import CHALLENGED
from tradewind.contracts.payment import ActionRequired, Authorised, Declined
from tradewind.services.payment.references import authorisation_reference


async def challenged(till: Till) -> tuple[UUID, str]:
    order_id = uuid4()
    answer = await till.pay(CHALLENGED, order_id=order_id, return_url="http://127.0.0.1:8000/checkout/return")
    assert isinstance(answer, ActionRequired), answer
    return order_id, answer.url


async def test_the_shopper_who_comes_back_finds_the_payment_authorised(till: Till) -> None:
    order_id, url = await challenged(till)
    assert await till.status(order_id) == "action_required"
    assert (await till.payment.payment_of(order_id)).action_url == url  # type: ignore[union-attr]
    assert await till.pay(CHALLENGED, order_id=order_id) == ActionRequired(url), "not confirmed yet"
    await till.merchant.answer_challenge(url, "approve")
    assert isinstance(await till.pay(CHALLENGED, order_id=order_id), Authorised)
    assert await till.events(order_id) == ["payment.authorised"]


async def test_a_shopper_who_never_comes_back_is_found_by_the_job(till: Till) -> None:
    approved, url = await challenged(till)
    refused, refused_url = await challenged(till)
    await till.merchant.answer_challenge(url, "approve")
    await till.merchant.answer_challenge(refused_url, "refuse")
    await till.later(minutes=1)
    assert await till.status(approved) == "authorised"
    assert await till.events(approved) == ["payment.authorised"]
    assert await till.pay(order_id=refused) == Declined("authentication_failed")
    assert await till.events(refused) == ["payment.declined"]
    assert isinstance(await till.pay(order_id=refused, attempt=2), Authorised)


async def test_the_processors_webhook_is_enough(till: Till) -> None:
    async with till.webhooks() as statuses:
        order_id, url = await challenged(till)
        await till.merchant.answer_challenge(url, "approve")
        for _ in range(200):
            if await till.events(order_id):
                break
            await asyncio.sleep(0.02)
        assert await till.events(order_id) == ["payment.authorised"]
        assert set(statuses) == {204}


async def test_a_challenge_that_nobody_answers_is_declined_and_cannot_be_confirmed_later(till: Till) -> None:
    order_id, url = await challenged(till)
    await till.later(minutes=29)
    assert await till.status(order_id) == "action_required"
    await till.later(minutes=2)
    assert await till.pay(order_id=order_id) == Declined("challenge_expired", retryable=True)
    assert await till.events(order_id) == ["payment.declined"]
    await till.merchant.answer_challenge(url, "approve")
    found = await till.merchant.authorisation(authorisation_reference(order_id, 1))
    assert found is not None and found["status"] == "voided"
    assert isinstance(await till.pay(order_id=order_id, attempt=2), Authorised)


async def test_a_challenge_stays_open_until_it_is_certain_that_it_cannot_be_confirmed(till: Till) -> None:
    order_id, _ = await challenged(till)
    await till.merchant.order_faults({"operation": "void", "kind": "decline", "times": 1})
    await till.later(minutes=31)
    assert await till.status(order_id) == "action_required"
    await till.later(minutes=1)
    assert await till.status(order_id) == "declined"


async def test_a_challenge_confirmed_at_the_last_moment_counts(till: Till) -> None:
    order_id, url = await challenged(till)
    await till.merchant.answer_challenge(url, "approve")
    await till.later(minutes=31)
    assert await till.status(order_id) == "authorised"


async def test_a_cancelled_orders_challenge_ends(till: Till) -> None:
    open_, url = await challenged(till)
    confirmed, confirmed_url = await challenged(till)
    await till.merchant.answer_challenge(confirmed_url, "approve")
    await till.cancel(open_)
    await till.cancel(confirmed)
    await till.heal()
    await till.merchant.answer_challenge(url, "approve")
    await till.heal()
    for order_id in (open_, confirmed):
        assert await till.status(order_id) == "voided"
        assert await till.events(order_id) == ["payment.voided"]
    effects = await till.merchant.effects()
    assert effects == [("authorise", 5000), ("void", 5000)], "only the confirmed one ever held anything"
