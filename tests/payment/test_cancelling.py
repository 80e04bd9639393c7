"""A cancelled order keeps no money: whatever its payment holds, or comes to hold by a late answer, goes back."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from tests.payment.till import Till
from tests.processor import TIMEOUT_AFTER, TIMEOUT_BEFORE
from tradewind.contracts.common import Money
from tradewind.contracts.payment import Authorised, Captured, CardToken, NoPayment, Pending, Refunded, Refused
from tradewind.services.payment.references import authorisation_reference


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


async def test_an_order_cancelled_before_it_was_paid_for_never_is(till: Till) -> None:
    order_id = uuid4()
    await till.cancel(order_id)
    await till.cancel(order_id)
    answer = await till.pay(order_id=order_id)
    assert isinstance(answer, Refused) and answer.code == "payment_voided"
    assert await till.payment.payment_of(order_id) == NoPayment()
    assert await till.merchant.effects() == []


async def test_what_was_authorised_is_voided_and_stays_so(till: Till) -> None:
    order_id = await till.authorised()
    await till.cancel(order_id)
    assert isinstance(await till.payment.capture(order_id, uuid4(), eur(5000)), Refused)
    await till.heal()
    assert await till.status(order_id) == "voided"
    for attempt in (1, 2):
        answer = await till.pay(order_id=order_id, attempt=attempt)
        assert isinstance(answer, Refused) and answer.code == "payment_voided"
    assert await till.merchant.effects() == [("authorise", 5000), ("void", 5000)]
    assert await till.events(order_id) == ["payment.authorised", "payment.voided"]


async def test_what_was_captured_is_refunded_in_full(till: Till) -> None:
    order_id = await till.authorised(5000)
    assert await till.payment.capture(order_id, uuid4(), eur(4000)) == Captured(eur(4000))
    assert await till.payment.refund(order_id, uuid4(), eur(1500), "damaged") == Refunded(eur(1500))
    await till.cancel(order_id)
    await till.heal()
    assert await till.status(order_id) == "refunded"
    assert (await till.merchant.effects())[2:] == [("refund", 1500), ("refund", 2500)]


async def test_a_payment_cancelled_while_its_outcome_is_unknown_ends_void(impatient: Till) -> None:
    for card in (TIMEOUT_AFTER, TIMEOUT_BEFORE):
        order_id = uuid4()
        assert await impatient.pay(card, order_id=order_id) == Pending()
        await impatient.cancel(order_id)
        answer = await impatient.ask_again(order_id)
        assert isinstance(answer, Refused) and answer.code == "payment_voided"
        await impatient.heal()
        assert await impatient.status(order_id) == "voided"
        assert await impatient.events(order_id) == ["payment.voided"]
    assert await impatient.merchant.effects() == [("authorise", 5000), ("void", 5000)]


async def test_an_answer_that_comes_after_the_cancellation_is_voided(till: Till) -> None:
    order_id = uuid4()
    await till.merchant.order_faults({"operation": "authorise", "kind": "slow", "times": 1, "seconds": 0.15})
    paying = asyncio.create_task(till.pay(order_id=order_id))
    while not await till.database.value("SELECT count(*) FROM attempts"):
        await asyncio.sleep(0.005)
    await till.cancel(order_id)
    answer = await paying
    assert isinstance(answer, Refused) and answer.code == "payment_voided"
    await till.heal()
    assert await till.status(order_id) == "voided"
    assert await till.merchant.effects() == [("authorise", 5000), ("void", 5000)]


async def test_a_request_is_not_given_up_while_it_may_still_arrive(impatient: Till) -> None:
    order_id = uuid4()
    assert await impatient.pay(TIMEOUT_BEFORE, order_id=order_id) == Pending()
    await impatient.cancel(order_id)
    await impatient.later(seconds=10)
    assert await impatient.status(order_id) == "processing", (
        "the processor does not know it, but it is only 10 s"
    )
    await impatient.later(seconds=15)
    assert await impatient.status(order_id) == "voided"


async def test_a_request_that_arrives_after_it_was_given_up_is_voided(impatient: Till) -> None:
    """The processor knew nothing of it, it was given up, and then the network delivered it after all."""
    order_id, token = uuid4(), await impatient.merchant.token()
    await impatient.merchant.order_faults({"operation": "authorise", "kind": "timeout_before", "times": 1})
    assert await impatient.payment.authorise(order_id, 1, eur(5000), CardToken(token), None) == Pending()
    await impatient.cancel(order_id)
    await impatient.heal()
    assert await impatient.status(order_id) == "voided"
    async with impatient.webhooks():
        impatient.clock.ahead *= 0  # its webhook is of now
        reference = authorisation_reference(order_id, 1)
        body = {
            "reference": reference,
            "amount_minor": 5000,
            "currency": "EUR",
            "token": token,
            "return_url": None,
        }
        assert (await impatient.merchant.post("/v1/authorisations", body)).status_code == 201
        while not await impatient.database.value("SELECT count(*) FROM webhooks"):
            await asyncio.sleep(0.01)
    await impatient.heal()
    assert await impatient.status(order_id) == "voided"
    assert await impatient.merchant.effects() == [("authorise", 5000), ("void", 5000)]


async def test_a_capture_under_way_is_ended_first_and_then_refunded(impatient: Till) -> None:
    for kind in ("timeout_after", "timeout_before"):
        order_id = await impatient.authorised(4000)
        await impatient.merchant.order_faults({"operation": "capture", "kind": kind, "times": 1})
        assert await impatient.payment.capture(order_id, uuid4(), eur(4000)) == Pending()
        await impatient.cancel(order_id)
        await impatient.heal()
        assert await impatient.status(order_id) == "refunded"


async def test_a_void_that_fails_is_tried_again(till: Till) -> None:
    order_id = await till.authorised()
    await till.merchant.order_faults({"operation": "void", "kind": "decline", "times": 2})
    await till.cancel(order_id)
    await till.heal()
    assert await till.status(order_id) == "voided"


async def test_a_refund_that_fails_is_tried_again(till: Till) -> None:
    order_id = await till.captured()
    await till.merchant.order_faults({"operation": "refund", "kind": "decline", "times": 2})
    await till.cancel(order_id)
    await till.heal()
    assert await till.status(order_id) == "refunded"
    events = await till.events(order_id)
    assert events[2:] == ["payment.refund_failed", "payment.refund_failed", "payment.refunded"]


async def test_what_was_voided_in_the_processors_dashboard_is_found_void(till: Till) -> None:
    order_id = await till.authorised()
    found = await till.merchant.authorisation(authorisation_reference(order_id, 1))
    assert found is not None
    await till.merchant.post(f"/v1/authorisations/{found['id']}/voids", {"reference": "by hand"})
    await till.cancel(order_id)
    await till.heal()
    assert await till.status(order_id) == "voided"
    assert await till.events(order_id) == ["payment.authorised", "payment.voided"]


async def test_a_declined_payment_needs_nothing_and_lets_no_other_card_try(till: Till) -> None:
    order_id = uuid4()
    await till.pay("4000000000000002", order_id=order_id)
    await till.cancel(order_id)
    await till.heal()
    assert isinstance(await till.pay(order_id=order_id, attempt=2), Refused)
    assert await till.events(order_id) == ["payment.declined"]
    assert not isinstance(await till.pay(order_id=order_id), Authorised)
    assert await till.merchant.effects() == []
