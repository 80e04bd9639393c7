"""No answer is a state, not a guess: whatever the processor does, asking it heals, and nothing happens twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from tests.payment.till import IMPATIENT, Till, open_till
from tests.processor import ERROR_500_TWICE, TIMEOUT_AFTER, TIMEOUT_BEFORE, ProcessorProcess
from tradewind.contracts.common import Money
from tradewind.contracts.payment import Authorised, Captured, CardToken, Pending, Refunded, Refused
from tradewind.kernel.errors import Unavailable
from tradewind.services.payment.store import attempts

FAULTS: dict[str, dict[str, Any]] = {
    "timeout_before": {},
    "timeout_after": {},
    "error_500": {},
    "connection_reset": {},
    "slow": {"seconds": 1},
}


def fault(kind: str, operation: str, times: int = 1) -> dict[str, Any]:
    return {"operation": operation, "kind": kind, "times": times, **FAULTS[kind]}


@pytest.mark.parametrize("card", [TIMEOUT_AFTER, TIMEOUT_BEFORE, ERROR_500_TWICE])
async def test_a_troublesome_card_is_authorised_in_the_end(impatient: Till, card: str) -> None:
    order_id = uuid4()
    assert await impatient.pay(card, order_id=order_id) == Pending()
    assert await impatient.status(order_id) == "processing"
    await impatient.heal()
    assert await impatient.status(order_id) == "authorised"
    assert await impatient.events(order_id) == ["payment.authorised"]
    assert await impatient.merchant.effects() == [("authorise", 5000)]


async def test_an_authorisation_heals_from_every_fault(impatient: Till) -> None:
    orders = {kind: uuid4() for kind in FAULTS}
    for kind, order_id in orders.items():
        await impatient.merchant.order_faults(fault(kind, "authorise"))
        assert await impatient.pay(order_id=order_id) == Pending(), kind
    await impatient.heal()
    for order_id in orders.values():
        assert isinstance(await impatient.pay(order_id=order_id), Authorised)
        assert await impatient.events(order_id) == ["payment.authorised"]
    assert await impatient.merchant.effects() == [("authorise", 5000)] * len(FAULTS)


async def test_a_capture_heals_from_every_fault(impatient: Till) -> None:
    for kind in FAULTS:
        order_id, capture_id = await impatient.authorised(), uuid4()
        await impatient.merchant.order_faults(fault(kind, "capture", times=2))
        assert await impatient.payment.capture(order_id, capture_id, Money(3000, "EUR")) == Pending(), kind
        await impatient.heal()
        captured = Captured(Money(3000, "EUR"))
        assert await impatient.payment.capture(order_id, capture_id, Money(3000, "EUR")) == captured
        assert await impatient.events(order_id) == ["payment.authorised", "payment.captured"]


async def test_a_refund_heals_from_every_fault(impatient: Till) -> None:
    for kind in FAULTS:
        order_id, refund_id = await impatient.captured(), uuid4()
        await impatient.merchant.order_faults(fault(kind, "refund", times=2))
        again = (order_id, refund_id, Money(3000, "EUR"), "damaged")
        assert await impatient.payment.refund(*again) == Pending(), kind
        await impatient.heal()
        assert await impatient.payment.refund(*again) == Refunded(Money(3000, "EUR"))
        assert (await impatient.events(order_id))[-1] == "payment.refunded"


async def test_a_void_heals_from_every_fault(impatient: Till) -> None:
    for kind in FAULTS:
        order_id = await impatient.authorised()
        await impatient.merchant.order_faults(fault(kind, "void", times=2))
        await impatient.cancel(order_id)
        await impatient.heal()
        assert await impatient.status(order_id) == "voided"
        assert await impatient.events(order_id) == ["payment.authorised", "payment.voided"]


async def test_asking_again_asks_the_processor_at_once(impatient: Till) -> None:
    order_id = uuid4()
    assert await impatient.pay(TIMEOUT_AFTER, order_id=order_id) == Pending()
    assert isinstance(await impatient.pay(order_id=order_id), Authorised)


async def test_a_new_attempt_waits_until_the_one_before_is_known(impatient: Till) -> None:
    order_id = uuid4()
    assert await impatient.pay(TIMEOUT_AFTER, order_id=order_id) == Pending()
    answer = await impatient.pay(order_id=order_id, attempt=2)
    assert isinstance(answer, Refused) and answer.code == "already_authorised"
    assert await impatient.merchant.effects() == [("authorise", 5000)]


async def test_an_operation_waits_until_the_one_before_is_known(impatient: Till) -> None:
    order_id = await impatient.captured()
    await impatient.merchant.order_faults(fault("timeout_after", "refund"), fault("error_500", "refund", 3))
    first, second = uuid4(), uuid4()
    assert await impatient.payment.refund(order_id, first, Money(1000, "EUR"), "one") == Pending()
    assert await impatient.payment.refund(order_id, second, Money(1000, "EUR"), "two") == Pending(), (
        "the first was found done before the second was sent"
    )
    with pytest.raises(Unavailable) as refused:
        await impatient.payment.refund(order_id, uuid4(), Money(1000, "EUR"), "three")
    assert refused.value.code == "earlier_operation_unresolved"
    await impatient.heal()
    assert (await impatient.payment.payment_of(order_id)).refunded == Money(2000, "EUR")  # type: ignore[union-attr]


async def test_a_processor_that_is_down_is_waited_for(database_url: str, processor: ProcessorProcess) -> None:
    async with open_till(database_url, processor.url, **IMPATIENT) as till:
        token, held, taken = await till.merchant.token(), await till.authorised(), await till.captured()
        waiting, cancelled = uuid4(), uuid4()
        processor.kill()
        try:
            for order_id in (waiting, cancelled):
                answer = await till.payment.authorise(order_id, 1, Money(700, "EUR"), CardToken(token), None)
                assert answer == Pending()
            assert await till.payment.capture(held, uuid4(), Money(100, "EUR")) == Pending()
            assert await till.payment.refund(taken, uuid4(), Money(100, "EUR"), "late") == Pending()
            for _ in range(3):
                await till.later(seconds=30)
            await till.cancel(cancelled)
            await till.later(seconds=30)
            assert await till.status(cancelled) == "voided", "it was certainly never sent"
            assert await till.status(waiting) == "processing"
            states = await till.database.fetch(
                "SELECT DISTINCT state FROM attempts WHERE order_id = $1", waiting
            )
            assert [row["state"] for row in states] == ["pending"]
        finally:
            processor.start()
        await till.heal()
        assert await till.status(waiting) == "authorised"
        assert await till.status(held) == "partially_captured"
        assert await till.status(taken) == "partially_refunded"


async def test_a_processor_killed_after_it_acted_is_believed_when_it_is_back(
    database_url: str, processor: ProcessorProcess
) -> None:
    async with open_till(database_url, processor.url, **IMPATIENT) as till:
        order_id = uuid4()
        assert await till.pay(TIMEOUT_AFTER, order_id=order_id) == Pending()
        processor.kill()
        try:
            await till.later(seconds=30)
            assert await till.ask_again(order_id) == Pending()
        finally:
            processor.start()
        await till.heal()
        assert await till.status(order_id) == "authorised"
        assert await till.merchant.effects() == [("authorise", 5000)]


async def test_a_breaker_that_is_open_sends_nothing_and_says_so(
    database_url: str, processor: ProcessorProcess
) -> None:
    patient = {"TRADEWIND_PAYMENT_BREAKER_FAILURES": "2", "TRADEWIND_PAYMENT_BREAKER_OPEN_SECONDS": "0.7"}
    async with open_till(database_url, processor.url, **patient) as till:
        await till.merchant.order_faults(fault("error_500", "authorise", 2))
        for _ in range(2):
            assert await till.pay() == Pending()
        order_id = uuid4()
        assert await till.pay(order_id=order_id) == Pending()
        state = await till.database.row("SELECT state, sent_at FROM attempts WHERE order_id = $1", order_id)
        assert state is not None and (state["state"], state["sent_at"]) == ("pending", None)
        await till.heal()
        assert await till.merchant.effects() == [("authorise", 5000)] * 3


async def test_who_was_held_up_before_it_sent_does_not_send_any_more(impatient: Till) -> None:
    """It would arrive after nobody waits for it, and hold money that nobody knows of."""
    order_id = await impatient.authorised()
    held_before = await impatient.merchant.effects()
    token, amount = CardToken(await impatient.merchant.token()), Money(700, "EUR")
    pay = partial(impatient.payment.authorise, order_id, 1, amount, token, None, 2)
    async with impatient.database.begin() as tx:
        await attempts.lock_order(tx, order_id)
        paying = asyncio.create_task(pay())
        waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while not await tx.value(waits):
            await asyncio.sleep(0.01)
        impatient.clock.ahead += timedelta(seconds=impatient.deps.settings.lease_seconds)
    assert await paying == Pending()
    assert await impatient.merchant.effects() == held_before
    await impatient.heal()
    assert isinstance(await pay(), Authorised)
    assert await impatient.merchant.effects() == [*held_before, ("authorise", 700)]
