"""Everyone at once: the sums hold, and the processor is asked for each thing once."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import uuid4

from tests.payment.test_methods import mixed
from tests.payment.till import Till
from tests.processor import CHALLENGED
from tradewind.contracts.common import Money
from tradewind.contracts.payment import (
    ActionRequired,
    Authorised,
    Captured,
    CardToken,
    Pending,
    Refunded,
    Refused,
)


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


async def test_of_a_hundred_refunds_of_sixty_percent_one_goes_through(till: Till) -> None:
    order_id = await till.captured(1000)
    answers = await asyncio.gather(
        *(till.payment.refund(order_id, uuid4(), eur(600), "damaged") for _ in range(100))
    )
    kinds = Counter(answer.code if isinstance(answer, Refused) else type(answer) for answer in answers)
    assert kinds == {Refunded: 1, "amount_too_large": 99}
    assert (await till.merchant.effects())[2:] == [("refund", 600)]


async def test_of_thirty_captures_as_many_go_through_as_fit(till: Till) -> None:
    order_id = await till.authorised(1000)
    answers = await asyncio.gather(*(till.payment.capture(order_id, uuid4(), eur(150)) for _ in range(30)))
    assert sum(isinstance(answer, Captured) for answer in answers) == 6
    assert await till.merchant.effects() == [("authorise", 1000)] + [("capture", 150)] * 6


async def test_twenty_drivers_of_one_attempt_charge_once(till: Till) -> None:
    order_id, token = uuid4(), await till.merchant.token()
    await till.merchant.order_faults({"operation": "authorise", "kind": "slow", "times": 1, "seconds": 0.1})
    answers = await asyncio.gather(
        *(till.payment.authorise(order_id, 1, eur(5000), CardToken(token), None) for _ in range(20))
    )
    kinds = Counter(type(answer) for answer in answers)
    assert kinds[Authorised] >= 1 and set(kinds) <= {Authorised, Pending}
    assert isinstance(
        await till.payment.authorise(order_id, 1, eur(5000), CardToken(token), None), Authorised
    )
    assert await till.merchant.effects() == [("authorise", 5000)]
    assert await till.events(order_id) == ["payment.authorised"]


async def test_attempts_at_once_charge_once(till: Till) -> None:
    order_id, token = uuid4(), await till.merchant.token()
    answers = await asyncio.gather(
        *(
            till.payment.authorise(order_id, attempt, eur(5000), CardToken(token), None)
            for attempt in range(1, 11)
        )
    )
    assert sum(isinstance(answer, Authorised) for answer in answers) == 1
    assert await till.merchant.effects() == [("authorise", 5000)]


async def test_one_capture_id_captures_once(till: Till) -> None:
    order_id, capture_id = await till.authorised(), uuid4()
    answers = await asyncio.gather(
        *(till.payment.capture(order_id, capture_id, eur(2000)) for _ in range(20))
    )
    assert {type(answer) for answer in answers} <= {Captured, Pending}
    assert await till.merchant.effects() == [("authorise", 5000), ("capture", 2000)]


async def test_one_capture_id_captures_once_of_an_order_that_two_payments_share(till: Till) -> None:
    for _ in range(4):
        order_id, _ = await mixed(till, on_card=4000, on_gift_card=3000)
        capture_id = uuid4()
        answers = await asyncio.gather(
            *(till.payment.capture(order_id, capture_id, eur(7000)) for _ in range(12))
        )
        assert {type(answer) for answer in answers} <= {Captured, Pending}, answers
        shown = [(kind, amount) for kind, amount in await till.merchant.effects() if kind == "capture"]
        assert set(shown) == {("capture", 4000)}
    assert len(shown) == 4


async def test_a_capture_against_a_cancellation_ends_with_nothing_held(till: Till) -> None:
    orders = [await till.authorised() for _ in range(8)]

    async def one(number: int) -> None:
        capture = till.payment.capture(orders[number], uuid4(), eur(5000))
        cancel = till.cancel(orders[number])
        await asyncio.gather(*((capture, cancel) if number % 2 else (cancel, capture)))

    await asyncio.gather(*(one(number) for number in range(len(orders))), till.later(seconds=0))
    await till.heal()
    assert {await till.status(order_id) for order_id in orders} <= {"voided", "refunded"}


async def test_a_payment_against_a_cancellation_ends_with_nothing_held(till: Till) -> None:
    orders = [uuid4() for _ in range(8)]
    await asyncio.gather(
        *(till.pay(order_id=order_id) for order_id in orders),
        *(till.cancel(order_id) for order_id in orders),
        till.later(seconds=0),
    )
    await till.heal()
    for order_id in orders:
        answer = await till.pay(order_id=order_id)
        assert isinstance(answer, Refused) and answer.code == "payment_voided"


async def test_a_webhook_against_the_shopper_and_the_job_completes_once(till: Till) -> None:
    async with till.webhooks():
        orders = [uuid4() for _ in range(5)]
        for order_id in orders:
            challenge = await till.pay(CHALLENGED, order_id=order_id)
            assert isinstance(challenge, ActionRequired)
            await asyncio.gather(
                till.merchant.answer_challenge(challenge.url, "approve"),
                *(till.ask_again(order_id) for _ in range(3)),
                till.later(seconds=20),
            )
        for order_id in orders:
            while not isinstance(await till.ask_again(order_id), Authorised):
                await asyncio.sleep(0.01)
            assert await till.events(order_id) == ["payment.authorised"]
    assert await till.merchant.effects() == [("authorise", 5000)] * len(orders)


async def test_jobs_in_several_processes_do_not_disturb_one_another(till: Till) -> None:
    orders = []
    await till.merchant.order_faults({"operation": "authorise", "kind": "error_500", "times": 4})
    for _ in range(4):
        order_id = uuid4()
        orders.append(order_id)
        assert await till.pay(order_id=order_id) == Pending()
    await till.cancel(orders[0])
    await asyncio.gather(*(till.later(seconds=30) for _ in range(4)))
    await till.heal()
    assert sorted([await till.status(order_id) for order_id in orders]) == ["authorised"] * 3 + ["voided"]
