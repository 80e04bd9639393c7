"""What is disputed is not given back as well: neither while the dispute is open nor when it was lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.payment.test_methods import amounts, eur, key, mixed
from tests.payment.till import Till
from tradewind.contracts.payment import Captured, NoPayment, Pending, Refunded, Refused
from tradewind.kernel.idempotency import Once
from tradewind.ports.database import CheckViolation
from tradewind.services.payment import jobs
from tradewind.services.payment.references import authorisation_reference
from tradewind.services.payment.shapes.disputes import EvidenceBody
from tradewind.services.payment.use_cases.answer_dispute import answer_dispute
from tradewind.services.payment.use_cases.keep_evidence import keep_evidence
from tradewind.services.payment.use_cases.settle_dispute import settle_dispute


async def dispute(till: Till, order_id: UUID) -> str:
    """Of what was captured of the main payment and not given back at the processor; what it is called there."""
    known = await till.merchant.dispute(authorisation_reference(order_id, 1))
    assert await settle_dispute(till.deps, "sandbox", known) is None
    return known


async def decide(till: Till, known: str, *, won: bool) -> None:
    items = (await till.staff.get("/v1/disputes")).json()["items"]
    dispute_id = UUID(next(it["dispute_id"] for it in items if it["processor_id"] == known))
    if won:
        await keep_evidence(till.deps, dispute_id, EvidenceBody("winning_evidence"), Once.unkeyed())
    await answer_dispute(till.deps, dispute_id, Once.unkeyed(), accept=not won)


async def left(till: Till, order_id: UUID) -> int:
    payment = await till.payment.payment_of(order_id)
    assert not isinstance(payment, NoPayment) and payment.refundable is not None
    shown = (await till.staff.get(f"/v1/payments/{payment.payment_id}")).json()
    assert shown["refundable"]["amount_minor"] == payment.refundable.amount_minor
    return payment.refundable.amount_minor


async def by_hand(till: Till, order_id: UUID, **body: Any) -> tuple[int, Any]:
    path = f"/v1/payments/{await till.payment_id(order_id)}/refunds"
    answer = await till.staff.post(path, json={"reason": "asked for", **body}, headers=key())
    return answer.status_code, answer.json()


@pytest.mark.parametrize("lost", [False, True])
async def test_what_is_disputed_is_not_refunded_while_that_is_open_nor_when_it_was_lost(
    till: Till, lost: bool
) -> None:
    order_id = await till.captured(7690)
    known = await dispute(till, order_id)
    if lost:
        await decide(till, known, won=False)
    assert await left(till, order_id) == 0
    refused = await till.payment.refund(order_id, uuid4(), eur(7690), "asked for")
    assert isinstance(refused, Refused) and refused.code == "payment_disputed"
    assert "0.00 EUR is left" in refused.message
    for body in ({}, {"amount_minor": 7690}):
        status, problem = await by_hand(till, order_id, **body)
        assert (status, problem["code"]) == (409, "payment_disputed")
    with pytest.raises(CheckViolation):
        await till.database.execute("UPDATE payments SET refunding_minor = 1 WHERE order_id = $1", order_id)
    assert ("refund", 7690) not in await till.merchant.effects()


async def test_what_was_won_back_is_refundable_again_and_what_is_not_disputed_always_was(till: Till) -> None:
    order_id = await till.authorised(5000)
    assert await till.payment.capture(order_id, uuid4(), eur(2000)) == Captured(eur(2000))
    known = await dispute(till, order_id)
    assert await till.payment.capture(order_id, uuid4(), eur(3000)) == Captured(eur(3000))
    assert await left(till, order_id) == 3000
    refused = await till.payment.refund(order_id, uuid4(), eur(3001), "asked for")
    assert isinstance(refused, Refused) and "30.00 EUR is left" in refused.message
    assert await till.payment.refund(order_id, uuid4(), eur(1000), "asked for") == Refunded(eur(1000))
    await decide(till, known, won=True)
    assert await left(till, order_id) == 4000
    assert await till.payment.refund(order_id, uuid4(), eur(4000), "the rest") == Refunded(eur(4000))


async def test_several_disputes_of_a_payment_are_counted_each(till: Till) -> None:
    order_id = await till.authorised(5000)
    assert await till.payment.capture(order_id, uuid4(), eur(1000)) == Captured(eur(1000))
    first = await dispute(till, order_id)
    assert await till.payment.capture(order_id, uuid4(), eur(500)) == Captured(eur(500))
    second = await dispute(till, order_id)  # of 15.00, of which 10.00 is disputed already
    assert await left(till, order_id) == 0
    assert await till.payment.capture(order_id, uuid4(), eur(3500)) == Captured(eur(3500))
    assert await left(till, order_id) == 2500
    await decide(till, first, won=True)
    assert await left(till, order_id) == 3500
    await decide(till, second, won=False)
    assert await till.payment.refund(order_id, uuid4(), eur(3500), "the rest") == Refunded(eur(3500))
    assert isinstance(await till.payment.refund(order_id, uuid4(), eur(1), "more"), Refused)


async def test_a_dispute_of_what_was_refunded_before_is_recorded_all_the_same(till: Till) -> None:
    order_id, refund_id = await till.captured(5000), uuid4()
    known = await till.merchant.dispute(authorisation_reference(order_id, 1))
    assert await till.payment.refund(order_id, refund_id, eur(5000), "asked for") == Refunded(eur(5000))
    assert await settle_dispute(till.deps, "sandbox", known) is None
    (shown,) = (await till.staff.get("/v1/disputes")).json()["items"]
    assert (shown["state"], shown["amount"]["amount_minor"]) == ("needs_response", 5000)
    assert await left(till, order_id) == 0
    assert await till.payment.refund(order_id, refund_id, eur(5000), "asked for") == Refunded(eur(5000))
    await till.check()


async def test_verify_finds_what_was_refunded_beside_a_dispute(till: Till) -> None:
    order_id = await till.captured(5000)
    await dispute(till, order_id)
    await till.database.execute("ALTER TABLE payments DISABLE TRIGGER disputed_is_kept")
    await till.database.execute("UPDATE payments SET disputed_minor = 0 WHERE order_id = $1", order_id)
    assert await till.payment.refund(order_id, uuid4(), eur(5000), "asked for") == Refunded(eur(5000))
    await till.database.execute("UPDATE payments SET disputed_minor = 5000 WHERE order_id = $1", order_id)
    with pytest.raises(AssertionError, match="captured covers what is refunded and what is disputed"):
        await till.check()
    await till.database.execute("UPDATE disputes SET refunds_before = ARRAY (SELECT id FROM operations)")


async def test_verify_finds_disputes_that_are_not_posted_as_they_went(till: Till) -> None:
    for won in (True, False):
        order_id = await till.captured(5000)
        await decide(till, await dispute(till, order_id), won=won)
    await till.check()
    posted = "disputes are posted when they are opened and when they are closed, with their amount, and nothing else is"
    ended = "what a dispute that was lost took is a refund, and what one that was won took is back"
    unlocked = "ALTER TABLE ledger_entries DISABLE TRIGGER USER"
    for wrong, broken in (
        ("DELETE FROM ledger_entries WHERE reference LIKE 'dispute-opened-%'", [posted]),
        ("DELETE FROM ledger_entries WHERE reference LIKE 'dispute-closed-%'", [posted]),
        (
            "UPDATE ledger_entries SET account = 'refunds' WHERE account = 'cash_at_processor'"
            " AND reference LIKE 'dispute-closed-%'",
            [ended],
        ),
    ):
        assert await till.broken_by(unlocked, wrong) == broken


@pytest.mark.parametrize("sent", [False, True])
async def test_a_refund_under_way_that_never_arrived_is_given_up_when_it_is_disputed(
    impatient: Till, sent: bool
) -> None:
    till, order_id, refund_id = impatient, await impatient.captured(5000), uuid4()
    kind = "timeout_before" if sent else "error_500"
    await till.merchant.order_faults({"operation": "refund", "kind": kind, "times": 50})
    assert await till.payment.refund(order_id, refund_id, eur(5000), "asked for") == Pending()
    if not sent:  # as one is whose request could not leave
        await till.database.execute("DELETE FROM history WHERE reference = $1", f"refund-{refund_id}")
        await till.database.execute(
            "UPDATE operations SET state = 'pending', sent_at = NULL WHERE kind = 'refund'"
        )
    await till.merchant.order_faults()
    await dispute(till, order_id)
    till.clock.ahead += timedelta(seconds=10)
    await jobs.resolve_unknown(till.deps)
    await till.heal()
    refused = await till.payment.refund(order_id, refund_id, eur(5000), "asked for")
    assert isinstance(refused, Refused) and refused.code == "payment_disputed"
    assert ("refund", 5000) not in await till.merchant.effects()
    assert (await till.events(order_id))[-2:] == ["payment.dispute_opened", "payment.refund_failed"]


async def test_a_refund_of_an_order_takes_of_the_payments_that_are_not_disputed(till: Till) -> None:
    order_id, _ = await mixed(till)
    assert await till.payment.capture(order_id, uuid4(), eur(7000)) == Captured(eur(7000))
    await dispute(till, order_id)
    refused = await till.payment.refund(order_id, uuid4(), eur(3001), "asked for")
    assert isinstance(refused, Refused) and refused.code == "payment_disputed"
    assert "30.00 EUR is left" in refused.message
    assert await till.payment.refund(order_id, uuid4(), eur(2000), "asked for") == Refunded(eur(2000))
    assert await amounts(till, order_id) == [("card", 4000, 4000, 0), ("gift_card", 3000, 3000, 2000)]


async def test_a_dispute_and_refunds_at_once_never_take_the_same_money(till: Till) -> None:
    for _ in range(4):
        order_id = await till.captured(4000)
        known = await till.merchant.dispute(authorisation_reference(order_id, 1))
        *answers, told = await asyncio.gather(
            *(till.payment.refund(order_id, uuid4(), eur(1000), "asked for") for _ in range(4)),
            settle_dispute(till.deps, "sandbox", known),
        )
        assert told is None
        for answer in answers:
            if isinstance(answer, Refused):
                assert answer.code == "payment_disputed", answer
        assert await left(till, order_id) == 0
        await till.check()


async def test_an_order_that_is_cancelled_gives_back_what_its_shop_won(till: Till) -> None:
    order_id = await till.captured(5000)
    known = await dispute(till, order_id)
    await till.cancel(order_id)
    await till.heal()
    assert ("refund", 5000) not in await till.merchant.effects()
    await decide(till, known, won=True)
    await till.heal()
    assert await till.merchant.effects() == [("authorise", 5000), ("capture", 5000), ("refund", 5000)]
