"""What no processor gives back: it leaves the shop's bank account, and staff are told to send it."""

from __future__ import annotations

from uuid import UUID, uuid4

from tests.payment.test_expiry import fulfil
from tests.payment.test_methods import ON_DELIVERY, TRANSFER, balances, eur, key
from tests.payment.till import Till
from tradewind.contracts.payment import Authorised, BankTransfer, Captured, CashOnDelivery, Refunded


async def paid(till: Till, method: BankTransfer | CashOnDelivery, captured: int, received: int) -> UUID:
    """An order of 50.00, of which so much was captured and came."""
    order_id = uuid4()
    placed = await till.payment.authorise(order_id, 1, eur(5000), method, None)
    assert isinstance(placed, Authorised)
    body = {"amount_minor": received, "reference": f"SEPA {order_id}", "received_on": "2026-03-02"}
    path = f"/v1/payments/{placed.payment_id}/receipts"
    if method == TRANSFER:
        assert (await till.staff.post(path, json=body, headers=key())).status_code == 201
    if captured:
        assert await till.payment.capture(order_id, uuid4(), eur(captured)) == Captured(eur(captured))
    if method == ON_DELIVERY:
        assert (await till.staff.post(path, json=body, headers=key())).status_code == 201
    return order_id


async def to_return(till: Till, order_id: UUID) -> list[int]:
    """The amounts that staff were told to send back."""
    rows = await till.database.fetch(
        """
        SELECT (payload->'amount'->>'amount_minor')::bigint AS amount FROM outbox
        WHERE type = 'payment.money_to_return' AND key = $1 ORDER BY id
        """,
        str(order_id),
    )
    return [row["amount"] for row in rows]


async def test_a_transfer_that_came_for_more_than_was_delivered_is_owed_to_the_customer(till: Till) -> None:
    order_id = await paid(till, TRANSFER, captured=2000, received=3000)
    await fulfil(till, order_id)
    await fulfil(till, order_id)
    assert await to_return(till, order_id) == [1000]
    assert await balances(till) == {"cash_in_bank": 2000, "customer_receivable": -2000}
    enough = await paid(till, TRANSFER, captured=5000, received=5000)
    await fulfil(till, enough)
    assert await to_return(till, enough) == []


async def test_the_transfer_of_a_cancelled_order_is_owed_to_the_customer(till: Till) -> None:
    untouched = await paid(till, TRANSFER, captured=0, received=3000)
    begun = await paid(till, TRANSFER, captured=2000, received=3500)
    never = uuid4()
    await till.payment.authorise(never, 1, eur(5000), TRANSFER, None)
    for order_id in (untouched, begun, never):
        await till.cancel(order_id)
    await till.heal()
    assert await to_return(till, untouched) == [3000]
    assert sorted(await to_return(till, begun)) == [1500, 2000]
    assert await to_return(till, never) == []
    assert await balances(till) == {"cash_in_bank": 0, "customer_receivable": -2000, "refunds": 2000}


async def test_a_refund_of_what_the_bank_has_is_sent_by_staff(till: Till) -> None:
    transferred = await paid(till, TRANSFER, captured=5000, received=5000)
    assert await till.payment.refund(transferred, uuid4(), eur(1200), "") == Refunded(eur(1200))
    assert await to_return(till, transferred) == [1200]
    collected = await paid(till, ON_DELIVERY, captured=5000, received=4000)
    for amount, sent in ((700, []), (1300, [1000]), (500, [1000, 500])):  # the carrier still owes 1000
        assert await till.payment.refund(collected, uuid4(), eur(amount), "") == Refunded(eur(amount))
        assert await to_return(till, collected) == sent
    by_card = await till.captured()
    assert await till.payment.refund(by_card, uuid4(), eur(500), "") == Refunded(eur(500))
    assert await to_return(till, by_card) == []


async def test_verify_finds_a_transfer_that_ended_and_is_not_returned(till: Till) -> None:
    order_id = await paid(till, TRANSFER, captured=2000, received=3000)
    await fulfil(till, order_id)
    await till.check()
    wrong = "UPDATE payments SET let_go_minor = 2999, received_minor = 3001"
    owed = "of a transfer that has ended, what was not captured is returned"
    assert owed in await till.broken_by(wrong)
