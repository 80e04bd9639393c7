"""Authorising: one hold an order at most, and an answer that is never guessed."""

from __future__ import annotations

from uuid import uuid4

from tests.payment.till import Till
from tests.processor import CHALLENGED, DECLINED, GOOD, NO_FUNDS
from tradewind.contracts.common import Money
from tradewind.contracts.payment import (
    ActionRequired,
    Authorised,
    CardToken,
    Declined,
    NoPayment,
    PaymentSummary,
    Refused,
)


async def test_a_good_card_is_authorised_once_however_often_it_is_asked(till: Till) -> None:
    order_id, token = uuid4(), await till.merchant.token()
    first = await till.payment.authorise(order_id, 1, Money(5000, "EUR"), CardToken(token), None)
    again = await till.payment.authorise(order_id, 1, Money(5000, "EUR"), CardToken(token), None)
    assert first == again
    assert isinstance(first, Authorised)
    assert (first.network, first.last4) == ("visa", "4242")
    assert await till.merchant.effects() == [("authorise", 5000)]
    assert await till.events(order_id) == ["payment.authorised"]
    summary = await till.payment.payment_of(order_id)
    assert summary == PaymentSummary(
        first.payment_id,
        order_id,
        "authorised",
        Money(5000, "EUR"),
        Money(0, "EUR"),
        Money(0, "EUR"),
        "visa",
        "4242",
        processor="sandbox",
        open=Money(5000, "EUR"),
        received=Money(0, "EUR"),
        refundable=Money(0, "EUR"),
        disputed=Money(0, "EUR"),
    )


async def test_the_happy_path_is_three_statements_and_one_transaction(till: Till) -> None:
    token = await till.merchant.token()
    await till.authorised()  # opens the pool
    counters = till.database.counters
    before = counters.statements, counters.transactions
    await till.payment.authorise(uuid4(), 1, Money(100, "EUR"), CardToken(token), None)
    assert (counters.statements - before[0], counters.transactions - before[1]) == (3, 1)


async def test_a_declined_card_says_why_and_lets_another_try(till: Till) -> None:
    for card, declined in (
        (DECLINED, Declined("card_declined")),
        (NO_FUNDS, Declined("insufficient_funds", True)),
    ):
        order_id = uuid4()
        assert await till.pay(card, order_id=order_id) == declined
        assert await till.pay(GOOD, order_id=order_id) == declined, "the same attempt is answered as before"
        assert isinstance(await till.pay(GOOD, order_id=order_id, attempt=2), Authorised)
        assert await till.pay(GOOD, order_id=order_id, attempt=1) == declined
        assert await till.events(order_id) == ["payment.declined", "payment.authorised"]
    assert [kind for kind, _ in await till.merchant.effects()] == ["authorise", "authorise"]


async def test_a_second_attempt_is_refused_once_the_first_holds_the_money(till: Till) -> None:
    order_id = await till.authorised()
    answer = await till.pay(order_id=order_id, attempt=2)
    assert isinstance(answer, Refused) and answer.code == "already_authorised"


async def test_an_attempt_keeps_its_amount(till: Till) -> None:
    order_id = await till.authorised(5000)
    answer = await till.pay(order_id=order_id, attempt=1, amount_minor=6000)
    assert isinstance(answer, Refused) and answer.code == "attempt_reused"


async def test_an_attempt_that_was_passed_over_is_refused(till: Till) -> None:
    order_id = uuid4()
    await till.pay(DECLINED, order_id=order_id, attempt=2)
    answer = await till.pay(order_id=order_id, attempt=1)
    assert isinstance(answer, Refused) and answer.code == "attempt_superseded"


async def test_an_unknown_token_is_a_decline_that_another_card_mends(till: Till) -> None:
    order_id = uuid4()
    answer = await till.payment.authorise(order_id, 1, Money(5000, "EUR"), CardToken("tok_nobody"), None)
    assert answer == Declined("token_not_found")
    assert isinstance(await till.pay(order_id=order_id, attempt=2), Authorised)


async def test_what_makes_no_sense_is_refused_before_anything_is_kept(till: Till) -> None:
    order_id, amount = uuid4(), Money(100, "EUR")
    cases: list[tuple[int, Money, str, str | None, str]] = [
        (1, Money(0, "EUR"), "tok", None, "amount_invalid"),
        (1, Money(-1, "EUR"), "tok", None, "amount_invalid"),
        (1, Money(2**62, "EUR"), "tok", None, "amount_invalid"),
        (1, Money(100, "ZZZ"), "tok", None, "currency_unknown"),
        (0, amount, "tok", None, "attempt_invalid"),
        (2**40, amount, "tok", None, "attempt_invalid"),
        (1, amount, "", None, "card_token_invalid"),
        (1, amount, "tok", "https://shop.example/" + "a" * 3000, "return_url_invalid"),
    ]
    for attempt, asked, token, return_url, code in cases:
        answer = await till.payment.authorise(order_id, attempt, asked, CardToken(token), return_url)
        assert isinstance(answer, Refused) and answer.code == code
    assert await till.payment.payment_of(order_id) == NoPayment()


async def test_a_card_token_is_sealed_while_open_and_gone_once_settled(till: Till) -> None:
    order_id, token = uuid4(), await till.merchant.token(CHALLENGED)
    assert isinstance(
        await till.payment.authorise(order_id, 1, Money(5000, "EUR"), CardToken(token), None), ActionRequired
    )
    kept = await till.database.fetch("SELECT sealed_token FROM attempts")
    assert [row["sealed_token"] for row in kept] == [None]
    await till.merchant.order_faults({"operation": "authorise", "kind": "error_500", "times": 1})
    await till.pay(order_id=uuid4())
    rows = await till.database.fetch("SELECT sealed_token FROM attempts WHERE sealed_token IS NOT NULL")
    assert len(rows) == 1 and b"tok_" not in rows[0]["sealed_token"]
    await till.heal()
    assert await till.database.value("SELECT count(*) FROM attempts WHERE sealed_token IS NOT NULL") == 0
