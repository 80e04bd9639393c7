"""What is held lapses: it is told in time, let go of for certain, and can be paid again; and purchases, and cash."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec

from tests.payment.till import Till
from tests.processor import CHALLENGED
from tradewind.contracts.common import Money
from tradewind.contracts.order import Buyer, OrderDelivered, OrderFulfilled, ShippedLine
from tradewind.contracts.payment import (
    ActionRequired,
    Authorised,
    BankTransfer,
    Captured,
    CardToken,
    CashOnDelivery,
    Declined,
    PaymentLapsed,
    Refused,
)
from tradewind.kernel.events import Envelope, Event
from tradewind.services.payment import jobs
from tradewind.services.payment.store import expiry

ADA = Buyer("ada@example.com", "Ada")
LINE = ShippedLine("TEE-S", "Tee", 1)
_VOIDS_TOLD = "SELECT count(*) FROM webhooks WHERE notice LIKE '%void.succeeded%' AND state <> 'received'"


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


async def hear(till: Till, order_id: UUID, event: Event, handler: str) -> None:
    envelope = Envelope(
        uuid4(),
        event.event_type(),
        "order",
        str(order_id),
        till.clock.now(),
        "",
        msgspec.Raw(msgspec.json.encode(event)),
    )
    assert await till.shop.runtime.running["payment"].inbox.receive(envelope, f"payment.{handler}")


async def fulfil(till: Till, order_id: UUID) -> None:
    event = OrderFulfilled(order_id, "T-1", uuid4(), ADA, [LINE], "DHL", "1", True)
    await hear(till, order_id, event, "let_go_when_complete")


async def holds_for(till: Till, order_id: UUID, days: float) -> None:
    """The sandbox's holds do not lapse by themselves: the bank behind it says when."""
    until = till.clock.now() + timedelta(days=days)
    await till.database.execute(
        "UPDATE payments SET expires_at = $2, expiry_due_at = $3 WHERE order_id = $1",
        order_id,
        until,
        till.clock.now(),
    )


async def pass_days(till: Till, days: float) -> None:
    till.clock.ahead += timedelta(days=days)
    await jobs.tend_expiring(till.deps)
    await jobs.tend_expiring(till.deps)


async def test_a_hold_that_cannot_be_renewed_is_told_once_then_lapses_and_is_paid_anew(till: Till) -> None:
    order_id = await till.authorised(5000)
    await holds_for(till, order_id, 7)
    await pass_days(till, 4)
    assert await till.events(order_id) == ["payment.authorised"]
    await pass_days(till, 1.5)
    await pass_days(till, 0.5)
    assert await till.events(order_id) == ["payment.authorised", "payment.expiring"]
    await pass_days(till, 1.1)
    assert (await till.events(order_id))[2:] == ["payment.lapsed"]
    refused = await till.payment.capture(order_id, uuid4(), eur(5000))
    assert isinstance(refused, Refused) and refused.code == "payment_voided"
    await till.heal()
    assert await till.merchant.effects() == [("authorise", 5000), ("void", 5000)]
    again = await till.payment.authorise(
        order_id, 1, eur(5000), CardToken(await till.merchant.token("4242424242424242")), None, 2
    )
    assert isinstance(again, Authorised)
    assert await till.payment.capture(order_id, uuid4(), eur(5000)) == Captured(eur(5000))


async def test_of_a_part_captured_hold_the_rest_lapses_and_what_was_taken_stays(till: Till) -> None:
    order_id = await till.authorised(5000)
    assert await till.payment.capture(order_id, uuid4(), eur(2000)) == Captured(eur(2000))
    await holds_for(till, order_id, 1)
    await pass_days(till, 2)
    row = await till.database.row("SELECT payload FROM outbox WHERE type = 'payment.lapsed'")
    assert row is not None
    lapsed = msgspec.json.decode(row["payload"], type=PaymentLapsed, strict=False)
    assert lapsed.amount == eur(3000)
    await jobs.release_rests(till.deps)
    assert (await till.merchant.effects())[2:] == [("void", 3000)]
    assert isinstance(await till.payment.capture(order_id, uuid4(), eur(100)), Refused)


async def test_the_rest_of_a_complete_order_is_released_at_the_processor_once(till: Till) -> None:
    order_id = await till.authorised(5000)
    assert await till.payment.capture(order_id, uuid4(), eur(4000)) == Captured(eur(4000))
    await fulfil(till, order_id)
    await fulfil(till, order_id)
    assert await jobs.release_rests(till.deps) == 1
    assert await jobs.release_rests(till.deps) == 0
    assert await till.merchant.effects() == [("authorise", 5000), ("capture", 4000), ("void", 1000)]


async def test_what_is_let_go_without_an_operation_is_known_when_its_webhook_comes(till: Till) -> None:
    async with till.webhooks() as statuses:
        unanswered = uuid4()
        assert isinstance(await till.pay(CHALLENGED, order_id=unanswered), ActionRequired)
        await till.database.execute("UPDATE attempts SET created_at = created_at - interval '31 minutes'")
        assert isinstance(await till.pay(order_id=unanswered), Declined)
        order_id = await till.authorised(5000)
        assert await till.payment.capture(order_id, uuid4(), eur(4000)) == Captured(eur(4000))
        await fulfil(till, order_id)
        assert await jobs.release_rests(till.deps) == 1
        for _ in range(400):
            if await till.database.value(_VOIDS_TOLD) == 2:
                break
            await asyncio.sleep(0.02)
        assert await till.database.value(_VOIDS_TOLD) == 2
        assert await till.database.fetch("SELECT problem, refs FROM webhooks WHERE state = 'parked'") == []
        assert set(statuses) == {204}


async def test_a_processor_that_captures_once_gives_all_with_the_first_parcel(till: Till) -> None:
    order_id = await till.authorised(5000)
    await till.database.execute("UPDATE payments SET captures_once = true WHERE order_id = $1", order_id)
    first, second, third = uuid4(), uuid4(), uuid4()
    assert await till.payment.capture(order_id, first, eur(2000)) == Captured(eur(5000))
    for _ in range(2):
        assert await till.payment.capture(order_id, second, eur(1800)) == Captured(eur(1800))
        assert await till.payment.capture(order_id, first, eur(2000)) == Captured(eur(5000))
    too_much = await till.payment.capture(order_id, third, eur(1201))
    assert isinstance(too_much, Refused) and too_much.code == "amount_too_large"
    assert await till.payment.capture(order_id, uuid4(), eur(1200)) == Captured(eur(1200))
    assert await till.merchant.effects() == [("authorise", 5000), ("capture", 5000)]


async def test_a_purchase_takes_all_once_and_parcels_draw_on_it(till: Till) -> None:
    order_id = await till.authorised(5000)
    async with till.database.begin() as tx:
        await expiry.want_purchase(tx, order_id, ["card"], till.clock.now())
    assert await jobs.take_purchases(till.deps) == 1
    assert await jobs.take_purchases(till.deps) == 0
    assert await till.payment.capture(order_id, uuid4(), eur(3000)) == Captured(eur(3000))
    assert await till.payment.capture(order_id, uuid4(), eur(2000)) == Captured(eur(2000))
    assert isinstance(await till.payment.capture(order_id, uuid4(), eur(1)), Refused)
    assert await till.merchant.effects() == [("authorise", 5000), ("capture", 5000)]
    await till.cancel(order_id)
    await till.heal()
    assert (await till.merchant.effects())[2:] == [("refund", 5000)]


async def test_a_transfer_that_does_not_begin_to_arrive_lapses_and_one_that_did_is_left_to_staff(
    till: Till,
) -> None:
    lost, begun = uuid4(), uuid4()
    for order_id in (lost, begun):
        answer = await till.payment.authorise(order_id, 1, eur(5000), BankTransfer(), None)
        assert isinstance(answer, Authorised)
    body = {"amount_minor": 1000, "reference": "ADA", "received_on": "2026-03-02"}
    path = f"/v1/payments/{await till.payment_id(begun)}/receipts"
    recorded = await till.staff.post(path, json=body, headers={"idempotency-key": str(uuid4())})
    assert recorded.status_code == 201, recorded.text
    await pass_days(till, 14.1)
    assert (await till.events(lost))[-1] == "payment.lapsed"
    assert "payment.lapsed" not in await till.events(begun)
    await till.heal()
    assert await till.status(lost) == "voided"
    assert await till.status(begun) == "authorised"


async def test_cash_is_on_the_list_from_delivery_until_it_is_recorded(till: Till) -> None:
    order_id = uuid4()
    await till.payment.authorise(order_id, 1, eur(5000), CashOnDelivery(), None)
    assert await till.payment.capture(order_id, uuid4(), eur(5000)) == Captured(eur(5000))
    listed = "/v1/payments?method=cash_on_delivery&awaited=true"
    assert (await till.staff.get(listed)).json()["items"] == []
    event = OrderDelivered(order_id, "T-1", uuid4(), ADA, [LINE])
    await hear(till, order_id, event, "note_delivered")
    items = (await till.staff.get(listed)).json()["items"]
    assert [item["order_id"] for item in items] == [str(order_id)] and items[0]["delivered_at"]
    body = {"amount_minor": 5000, "reference": "DHL 7", "received_on": "2026-03-02"}
    path = f"/v1/payments/{items[0]['payment_id']}/receipts"
    answer = await till.staff.post(path, json=body, headers={"idempotency-key": str(uuid4())})
    assert answer.status_code == 201, answer.text
    assert (await till.staff.get(listed)).json()["items"] == []


async def test_a_transfer_is_awaited_no_more_when_its_order_is_complete_or_cancelled(till: Till) -> None:
    """Of the first less was needed in the end than was to come, and more had come than was taken."""

    async def ask(order_id: UUID, what: str, body: dict[str, object]) -> tuple[int, str]:
        path = f"/v1/payments/{await till.payment_id(order_id)}/{what}"
        answer = await till.staff.post(path, json=body, headers={"idempotency-key": str(uuid4())})
        return answer.status_code, answer.json().get("code", "")

    complete, cancelled = uuid4(), uuid4()
    for order_id in (complete, cancelled):
        await till.payment.authorise(order_id, 1, eur(5000), BankTransfer(), None)
        came = {"amount_minor": 3000, "reference": "SEPA 1", "received_on": "2026-03-02"}
        assert await ask(order_id, "receipts", came) == (201, "")
    assert await till.payment.capture(complete, uuid4(), eur(2000)) == Captured(eur(2000))
    await fulfil(till, complete)
    await till.cancel(cancelled)
    more = {"amount_minor": 100, "reference": "SEPA 2", "received_on": "2026-03-03"}
    for order_id in (complete, cancelled):
        assert await ask(order_id, "receipts", more) == (409, "money_not_awaited")
        assert not [it for it in await till.payment.payments_of(order_id) if it.awaited not in (None, eur(0))]
    assert (await till.staff.get("/v1/payments?awaited=true")).json()["items"] == []
    shown = (await till.staff.get(f"/v1/payments/{await till.payment_id(complete)}")).json()
    assert (shown["capturable"]["amount_minor"], shown["payment"]["let_go"]["amount_minor"]) == (0, 3000)
    assert await ask(complete, "captures", {}) == (409, "nothing_left")
    assert await ask(complete, "captures", {"amount_minor": 100}) == (422, "amount_too_large")
