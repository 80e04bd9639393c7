"""Taking and giving back: never above what is left, once an id, and posted to the ledger to the cent."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.payment.till import Till
from tradewind.contracts.common import Money
from tradewind.contracts.payment import Captured, Declined, Refunded, Refused
from tradewind.ports.database import CheckViolation, DatabaseError


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


async def refusal(answer: object) -> str:
    assert isinstance(answer, Refused), answer
    return answer.code


async def test_parts_are_captured_and_refunded_up_to_what_is_left(till: Till) -> None:
    payment, order_id = till.payment, await till.authorised(5000)
    assert await payment.capture(order_id, uuid4(), eur(2000)) == Captured(eur(2000))
    assert await till.status(order_id) == "partially_captured"
    assert await refusal(await payment.capture(order_id, uuid4(), eur(3001))) == "amount_too_large"
    assert await payment.capture(order_id, uuid4(), eur(3000)) == Captured(eur(3000))
    assert await till.status(order_id) == "captured"
    assert await payment.refund(order_id, uuid4(), eur(4000), "damaged") == Refunded(eur(4000))
    assert await till.status(order_id) == "partially_refunded"
    assert await refusal(await payment.refund(order_id, uuid4(), eur(1001), "more")) == "amount_too_large"
    assert await payment.refund(order_id, uuid4(), eur(1000), "all of it") == Refunded(eur(1000))
    assert await till.status(order_id) == "refunded"
    assert await till.events(order_id) == [
        "payment.authorised",
        "payment.captured",
        "payment.captured",
        "payment.refunded",
        "payment.refunded",
    ]
    balances = {
        item["account"]: item["balance"]
        for item in (await till.staff.get("/v1/ledger/balances")).json()["items"]
    }
    assert balances == {
        "cash_at_processor": {"amount_minor": 0, "currency": "EUR"},
        "customer_receivable": {"amount_minor": -5000, "currency": "EUR"},
        "refunds": {"amount_minor": 5000, "currency": "EUR"},
    }


async def test_an_id_has_one_effect_and_keeps_its_meaning(till: Till) -> None:
    payment, order_id, other = till.payment, await till.authorised(), await till.captured()
    capture_id, refund_id = uuid4(), uuid4()
    for _ in range(2):
        assert await payment.capture(order_id, capture_id, eur(2000)) == Captured(eur(2000))
        assert await payment.refund(order_id, refund_id, eur(500), "damaged") == Refunded(eur(500))
    assert await refusal(await payment.capture(order_id, capture_id, eur(1000))) == "capture_id_reused"
    assert await refusal(await payment.refund(other, refund_id, eur(500), "")) == "refund_id_reused"
    # One id may name a capture and a refund: they are keyed apart.
    assert await payment.refund(order_id, capture_id, eur(100), "") == Refunded(eur(100))


async def test_what_cannot_be_moved_is_refused_with_the_reason(till: Till) -> None:
    payment, order_id = till.payment, await till.authorised()
    assert await refusal(await payment.capture(uuid4(), uuid4(), eur(1))) == "payment_not_found"
    assert await refusal(await payment.capture(order_id, uuid4(), eur(0))) == "amount_invalid"
    assert await refusal(await payment.capture(order_id, uuid4(), Money(1, "USD"))) == "currency_mismatch"
    assert await refusal(await payment.refund(order_id, uuid4(), eur(1), "")) == "amount_too_large"
    declined = uuid4()
    await till.pay("4000000000000002", order_id=declined)
    assert await refusal(await payment.capture(declined, uuid4(), eur(1))) == "payment_not_authorised"
    assert await till.merchant.effects() == [("authorise", 5000)]


async def test_what_the_bank_declines_leaves_the_amount_to_be_tried_again(till: Till) -> None:
    payment, order_id, capture_id = till.payment, await till.authorised(), uuid4()
    await till.merchant.order_faults({"operation": "capture", "kind": "decline", "times": 1})
    for _ in range(2):
        assert await payment.capture(order_id, capture_id, eur(5000)) == Declined("card_declined")
    assert await payment.capture(order_id, uuid4(), eur(5000)) == Captured(eur(5000))
    await till.merchant.order_faults({"operation": "refund", "kind": "decline", "times": 1})
    assert await refusal(await payment.refund(order_id, uuid4(), eur(5000), "")) == "card_declined"
    assert await payment.refund(order_id, uuid4(), eur(5000), "") == Refunded(eur(5000))
    assert await till.events(order_id) == [
        "payment.authorised",
        "payment.capture_failed",
        "payment.captured",
        "payment.refund_failed",
        "payment.refunded",
    ]


async def test_the_ledger_is_append_only_and_every_posting_balances(till: Till) -> None:
    order_id = await till.captured(1200)
    entries = (await till.staff.get("/v1/ledger", params={"account": "cash_at_processor"})).json()["items"]
    assert [entry["amount"]["amount_minor"] for entry in entries] == [1200]
    for change in (
        "UPDATE ledger_entries SET amount_minor = 1",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries",
    ):
        with pytest.raises(DatabaseError):
            await till.database.execute(change)
    with pytest.raises(CheckViolation):
        await till.database.execute(
            """
            INSERT INTO ledger_entries (reference, account, order_id, currency, amount_minor, at)
            VALUES ('capture-x', 'cash_at_processor', $1, 'EUR', 1, now())
            """,
            order_id,
        )


async def test_the_database_itself_refuses_to_capture_more_than_is_authorised(till: Till) -> None:
    order_id = await till.authorised(1000)
    for column in ("captured_minor = 1001", "capturing_minor = 1001", "refunded_minor = 1"):
        with pytest.raises(CheckViolation):
            await till.database.execute(f"UPDATE payments SET {column} WHERE order_id = $1", order_id)
