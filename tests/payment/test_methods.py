"""Gift cards, bank transfers, cash on delivery, saved methods, stand-ins; several payments for one order."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.payment.till import Till
from tests.processor import DECLINED, GOOD, NO_FUNDS, Merchant
from tests.shop import customer
from tradewind.adapters.payment_gateway.choice import ChosenGateways
from tradewind.adapters.payment_gateway.sandbox import open_gateway
from tradewind.contracts.common import Money
from tradewind.contracts.payment import (
    Authorised,
    BankTransfer,
    Captured,
    CardToken,
    CashOnDelivery,
    Declined,
    GiftCard,
    Refunded,
    Refused,
    SavedMethod,
)
from tradewind.services.payment import jobs
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.use_cases.authorise_payment import authorise_payment

TRANSFER, ON_DELIVERY = BankTransfer(), CashOnDelivery()


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def key() -> dict[str, str]:
    return {"idempotency-key": str(uuid4())}


async def issued(till: Till, amount_minor: int, **more: Any) -> tuple[str, str]:
    """A gift card's code and id."""
    body = {"amount_minor": amount_minor, "currency": "EUR", **more}
    answer = await till.staff.post("/v1/gift-cards", json=body, headers=key())
    assert answer.status_code == 201, answer.text
    return answer.json()["code"], answer.json()["gift_card"]["gift_card_id"]


async def balance(till: Till, code: str) -> int:
    answer = await till.guest.post("/v1/gift-cards/balance", json={"code": code})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["balance"]["amount_minor"])


async def amounts(till: Till, order_id: UUID) -> list[tuple[str, int, int, int]]:
    """Method, authorised, captured and refunded of each payment."""
    return [
        (it.method, it.authorised.amount_minor, it.captured.amount_minor, it.refunded.amount_minor)
        for it in await till.payment.payments_of(order_id)
    ]


async def balances(till: Till) -> dict[str, int]:
    items = (await till.staff.get("/v1/ledger/balances")).json()["items"]
    return {it["account"]: it["balance"]["amount_minor"] for it in items}


async def mixed(till: Till, on_card: int = 4000, on_gift_card: int = 3000) -> tuple[UUID, str]:
    """An order that a gift card and a card pay, and the gift card's code."""
    order_id, (code, _) = uuid4(), await issued(till, on_gift_card)
    held = await till.payment.authorise(order_id, 1, eur(on_card + on_gift_card), GiftCard(code), None, 2)
    assert isinstance(held, Authorised) and held.amount == eur(on_gift_card)
    assert isinstance(await till.pay(order_id=order_id, amount_minor=on_card), Authorised)
    return order_id, code


async def test_a_gift_cards_code_is_told_once_and_kept_nowhere(till: Till) -> None:
    headers = key()
    body = {"amount_minor": 5000, "currency": "EUR", "note": "sorry"}
    first = await till.staff.post("/v1/gift-cards", json=body, headers=headers)
    again = await till.staff.post("/v1/gift-cards", json=body, headers=headers)
    assert (first.status_code, again.json()) == (201, first.json())
    code, card_id = first.json()["code"], first.json()["gift_card"]["gift_card_id"]
    for typed in (code, code.lower(), code.replace("-", " ")):
        assert await balance(till, typed) == 5000
    shown = await till.staff.get(f"/v1/gift-cards/{card_id}")
    assert code not in shown.text and shown.json()["moves"][0]["kind"] == "issue"
    listed = await till.staff.get("/v1/gift-cards", params={"ending": code[-4:]})
    assert [it["gift_card_id"] for it in listed.json()["items"]] == [card_id]
    tables = await till.database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'payment'")
    for table in [row["tablename"] for row in tables]:
        rows = await till.database.fetch(f'SELECT to_jsonb(t)::text AS text FROM "{table}" t')
        assert not [row for row in rows if code in row["text"] or code.replace("-", "") in row["text"]], table
    unknown = await till.guest.post("/v1/gift-cards/balance", json={"code": "AAAA-BBBB-CCCC"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "gift_card_not_found")


async def test_a_gift_card_pays_what_it_has_and_no_more_once(till: Till) -> None:
    code, card_id = await issued(till, 5000)
    order_id = uuid4()
    first = await till.payment.authorise(order_id, 1, eur(3000), GiftCard(code), None, 2)
    assert isinstance(first, Authorised) and first.amount == eur(3000)
    assert await till.payment.authorise(order_id, 1, eur(3000), GiftCard(code), None, 2) == first
    rest = await till.payment.authorise(uuid4(), 1, eur(3000), GiftCard(code), None, 1)
    assert isinstance(rest, Authorised) and rest.amount == eur(2000)
    assert await till.payment.authorise(uuid4(), 1, eur(1), GiftCard(code), None) == Declined(
        "gift_card_empty"
    )
    usd = await till.payment.authorise(uuid4(), 1, Money(1, "USD"), GiftCard(code), None)
    assert usd == Declined("gift_card_currency")
    await till.cancel(order_id)
    await till.heal()
    assert await balance(till, code) == 3000
    await till.staff.post(f"/v1/gift-cards/{card_id}/disable", headers=key())
    disabled = await till.payment.authorise(uuid4(), 1, eur(1), GiftCard(code), None)
    assert disabled == Declined("gift_card_disabled")
    await till.staff.post(f"/v1/gift-cards/{card_id}/enable", headers=key())
    late, _ = await issued(till, 100, expires_at=(till.clock.now() + timedelta(minutes=5)).isoformat())
    till.clock.ahead += timedelta(minutes=10)
    expired = await till.payment.authorise(uuid4(), 1, eur(1), GiftCard(late), None)
    assert expired == Declined("gift_card_expired")
    refused = await till.payment.authorise(order_id, 1, eur(10), GiftCard(code), None, 3)
    assert isinstance(refused, Refused) and refused.code == "payment_voided"
    assert await balance(till, code) == 3000


async def test_64_orders_at_once_get_what_a_gift_card_has(till: Till) -> None:
    code, _ = await issued(till, 10_000)
    wanted = [
        till.payment.authorise(uuid4(), 1, eur(300), GiftCard(code), None, 1 + number % 2)
        for number in range(64)
    ]
    answers = await asyncio.gather(*wanted)
    held = [it.amount.amount_minor for it in answers if isinstance(it, Authorised) and it.amount]
    assert sorted(held) == [100] + [300] * 33
    assert {it for it in answers if not isinstance(it, Authorised)} == {Declined("gift_card_empty")}
    assert await balance(till, code) == 0


async def test_a_capture_and_a_refund_of_an_order_are_spread_over_its_payments(till: Till) -> None:
    order_id, code = await mixed(till)
    capture_id, refund_id = uuid4(), uuid4()
    for _ in range(2):
        assert await till.payment.capture(order_id, capture_id, eur(5000)) == Captured(eur(5000))
    assert await amounts(till, order_id) == [("card", 4000, 2000, 0), ("gift_card", 3000, 3000, 0)]
    above = await till.payment.capture(order_id, uuid4(), eur(2001))
    assert isinstance(above, Refused) and above.code == "amount_too_large"
    reused = await till.payment.capture(order_id, capture_id, eur(1))
    assert isinstance(reused, Refused) and reused.code == "capture_id_reused"
    for _ in range(2):
        assert await till.payment.refund(order_id, refund_id, eur(2500), "damaged") == Refunded(eur(2500))
    assert await amounts(till, order_id) == [("card", 4000, 2000, 2000), ("gift_card", 3000, 3000, 500)]
    assert await balance(till, code) == 500
    assert await till.events(order_id) == [
        "payment.authorised",
        "payment.authorised",
        "payment.captured",
        "payment.captured",
        "payment.refunded",
    ]
    assert await balances(till) == {
        "cash_at_processor": 0,
        "customer_receivable": 3000 - 5000,
        "gift_cards": -500,
        "refunds": 2500,
    }


async def test_a_part_that_fails_fails_the_whole_and_what_was_taken_counts_next_time(till: Till) -> None:
    order_id, _ = await mixed(till, 4000, 1000)
    assert isinstance(
        await till.payment.authorise(order_id, 1, eur(2000), CardToken(await till.merchant.token()), None, 3),
        Authorised,
    )
    await till.merchant.order_faults({"operation": "capture", "kind": "decline", "times": 1})
    failed = await till.payment.capture(order_id, uuid4(), eur(7000))
    assert isinstance(failed, Declined | Refused), failed
    taken = sum(it[2] for it in await amounts(till, order_id))
    await till.merchant.order_faults()
    assert await till.payment.capture(order_id, uuid4(), eur(7000)) == Captured(eur(7000))
    assert taken and sum(it[2] for it in await amounts(till, order_id)) == 7000


async def test_a_cancelled_order_lets_go_of_all_its_payments(till: Till) -> None:
    order_id, code = await mixed(till)
    await till.cancel(order_id)
    await till.heal()
    assert {it.status for it in await till.payment.payments_of(order_id)} == {"voided"}
    assert await balance(till, code) == 3000
    captured, code = await mixed(till)
    await till.payment.capture(captured, uuid4(), eur(6000))
    await till.cancel(captured)
    await till.heal()
    assert await amounts(till, captured) == [("card", 4000, 3000, 3000), ("gift_card", 3000, 3000, 3000)]
    assert await balance(till, code) == 3000


async def test_a_transfer_is_captured_when_it_arrived(till: Till) -> None:
    order_id = uuid4()
    placed = await till.payment.authorise(order_id, 1, eur(5000), TRANSFER, None)
    assert isinstance(placed, Authorised) and placed.amount == eur(5000)
    early = await till.payment.capture(order_id, uuid4(), eur(1))
    assert isinstance(early, Refused) and early.code == "money_awaited"
    path = f"/v1/payments/{placed.payment_id}/receipts"
    body = {"amount_minor": 2000, "reference": "SEPA 1", "received_on": "2026-03-02"}
    tomorrow = till.clock.now().date() + timedelta(days=1)
    for days in (1, 30_000):
        ahead = {**body, "received_on": (tomorrow + timedelta(days=days)).isoformat()}
        refused = await till.staff.post(path, json=ahead, headers=key())
        assert (refused.status_code, refused.json()["field"]) == (422, "received_on"), refused.text
    body["received_on"] = tomorrow.isoformat()  # where it is that day already
    headers = key()
    for _ in range(2):
        answer = await till.staff.post(path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["awaited"]["amount_minor"]) == (201, 3000), answer.text
    (told,) = await till.payment.payments_of(order_id)
    assert told.awaited == eur(3000)
    twice = await till.staff.post(path, json=body, headers=key())
    assert (twice.status_code, twice.json()["code"]) == (409, "receipt_recorded")
    above = await till.staff.post(path, json={**body, "amount_minor": 3001, "reference": "2"}, headers=key())
    assert (above.status_code, above.json()["code"]) == (422, "amount_too_large")
    assert await till.payment.capture(order_id, uuid4(), eur(2000)) == Captured(eur(2000))
    awaited = (await till.staff.get("/v1/payments", params={"awaited": "true"})).json()["items"]
    assert [it["order_id"] for it in awaited] == [str(order_id)]
    await till.staff.post(path, json={**body, "amount_minor": 3000, "reference": "2"}, headers=key())
    assert await till.payment.capture(order_id, uuid4(), eur(3000)) == Captured(eur(3000))
    assert await till.payment.refund(order_id, uuid4(), eur(1500), "") == Refunded(eur(1500))
    assert await balances(till) == {"cash_in_bank": 3500, "customer_receivable": -5000, "refunds": 1500}
    assert (await till.events(order_id)).count("payment.money_received") == 2


async def test_what_is_paid_on_delivery_is_owed_by_the_carrier_until_it_came(till: Till) -> None:
    order_id = uuid4()
    placed = await till.payment.authorise(order_id, 1, eur(5000), ON_DELIVERY, None)
    assert isinstance(placed, Authorised)
    path = f"/v1/payments/{placed.payment_id}/receipts"
    body = {"amount_minor": 5000, "reference": "carrier 7", "received_on": "2026-03-02"}
    early = await till.staff.post(path, json=body, headers=key())
    assert (early.status_code, early.json()["code"]) == (409, "money_not_awaited")
    assert await till.payment.capture(order_id, uuid4(), eur(5000)) == Captured(eur(5000))
    assert (await balances(till))["cash_on_delivery"] == 5000
    assert (await till.staff.post(path, json=body, headers=key())).status_code == 201
    assert await balances(till) == {"cash_in_bank": 5000, "cash_on_delivery": 0, "customer_receivable": -5000}


async def test_a_carrier_owes_what_was_not_given_back_before_it_brought_it(till: Till) -> None:
    """What is given back after it came leaves the bank, and what the next parcel brings is still awaited."""
    order_id = uuid4()
    placed = await till.payment.authorise(order_id, 1, eur(10000), ON_DELIVERY, None)
    assert isinstance(placed, Authorised)
    path = f"/v1/payments/{placed.payment_id}"

    async def brought(amount_minor: int) -> int:
        body = {"amount_minor": amount_minor, "reference": f"{amount_minor}", "received_on": "2026-03-02"}
        return (await till.staff.post(f"{path}/receipts", json=body, headers=key())).status_code

    async def awaited() -> int:
        shown = (await till.staff.get(path)).json()["payment"]
        assert (await balances(till)).get("cash_on_delivery", 0) == shown["awaited"]["amount_minor"]
        (told,) = await till.payment.payments_of(order_id)
        assert told.awaited == eur(shown["awaited"]["amount_minor"])
        return int(shown["awaited"]["amount_minor"])

    async def refund(amount_minor: int) -> None:
        given = await till.payment.refund(order_id, uuid4(), eur(amount_minor), "")
        assert given == Refunded(eur(amount_minor))

    assert await awaited() == 0
    assert await till.payment.capture(order_id, uuid4(), eur(6000)) == Captured(eur(6000))
    assert (await awaited(), await brought(6000), await awaited()) == (6000, 201, 0)
    await refund(2000)
    assert (await balances(till))["cash_in_bank"] == 4000
    assert await till.payment.capture(order_id, uuid4(), eur(4000)) == Captured(eur(4000))
    assert await awaited() == 4000
    await refund(1000)  # before it came: the carrier collects so much less
    assert (await awaited(), await brought(3001), await brought(1500), await awaited()) == (
        3000,
        422,
        201,
        1500,
    )
    await refund(2500)  # both: 1500 that is still to come, and the rest from the bank
    assert (await awaited(), await brought(1)) == (0, 409)
    assert await balances(till) == {
        "cash_in_bank": 6000 - 2000 + 1500 - 1000,
        "cash_on_delivery": 0,
        "customer_receivable": -10000,
        "refunds": 5500,
    }


async def test_verify_finds_receipts_that_are_not_posted_as_they_were(till: Till) -> None:
    order_id = uuid4()
    placed = await till.payment.authorise(order_id, 1, eur(5000), ON_DELIVERY, None)
    assert isinstance(placed, Authorised)
    assert await till.payment.capture(order_id, uuid4(), eur(5000)) == Captured(eur(5000))
    body = {"amount_minor": 3000, "reference": "carrier 7", "received_on": "2026-03-02"}
    receipts = f"/v1/payments/{placed.payment_id}/receipts"
    assert (await till.staff.post(receipts, json=body, headers=key())).status_code == 201
    await till.check()
    summed, received = (
        "what was received is what was recorded",
        "what was received is posted with its amount, and nothing else is",
    )
    owed = "carriers owe what they were to collect and have not brought"
    for wrong, broken in (
        ("UPDATE payments SET uncollected_minor = 1", [owed]),
        ("UPDATE receipts SET reference = 'carrier 8', amount_minor = 2999", [summed, received]),
        (
            "INSERT INTO receipts SELECT gen_random_uuid(), order_id, number, amount_minor, currency, 'carrier 9',"
            " received_on, actor, at FROM receipts",
            [summed, received],
        ),
    ):
        assert await till.broken_by(wrong) == broken


async def test_a_saved_method_pays_again_until_its_customer_deletes_it(till: Till) -> None:
    ada, token = customer(), await till.merchant.token()
    assert ada.account_id is not None
    first = await till.payment.authorise(
        uuid4(), 1, eur(700), CardToken(token, save=True), None, customer_id=ada.account_id
    )
    assert isinstance(first, Authorised)
    async with till.shop.client(ada) as client, till.shop.client(customer()) as stranger:
        (kept,) = (await client.get("/v1/me/payment-methods")).json()["items"]
        assert (kept["network"], kept["last4"], kept["kind"]) == ("visa", "4242", "card")
        assert kept["consented_at"]
        assert (await stranger.get("/v1/me/payment-methods")).json()["items"] == []
        method = SavedMethod(UUID(kept["method_id"]))
        again = await till.payment.authorise(uuid4(), 1, eur(900), method, None, customer_id=ada.account_id)
        assert isinstance(again, Authorised) and again.last4 == "4242"
        other = await till.payment.authorise(uuid4(), 1, eur(900), method, None, customer_id=uuid4())
        assert other == Declined("saved_method_unknown")
        path = f"/v1/me/payment-methods/{kept['method_id']}"
        assert (await stranger.delete(path, headers=key())).status_code == 404
        assert (await client.delete(path, headers=key())).status_code == 204
        assert (await client.get("/v1/me/payment-methods")).json()["items"] == []
    assert await till.payment.authorise(
        uuid4(), 1, eur(900), method, None, customer_id=ada.account_id
    ) == Declined("saved_method_unknown")
    await jobs.forget_saved_methods(till.deps)
    left = await till.database.fetch("SELECT sealed_source, forget_due_at FROM saved_methods")
    assert [(row["sealed_source"], row["forget_due_at"]) for row in left] == [(None, None)]


def two_processors(till: Till, first: Merchant | None = None, url: str | None = None) -> Deps:
    """The first knows us as another merchant, or is at another address: perhaps nowhere."""
    settings = till.deps.settings
    there = open_gateway(
        dataclasses.replace(
            settings,
            processor_url=url or settings.processor_url,
            processor_secret_key=first.secret_key if first else settings.processor_secret_key,
        )
    )
    gateways = ChosenGateways({"first": there, "sandbox": till.deps.gateways.named("sandbox")})
    return dataclasses.replace(till.deps, gateways=gateways)


async def processors_of(till: Till, order_id: UUID) -> list[str]:
    return [it.processor for it in await till.payment.payments_of(order_id)]


async def test_another_processor_stands_in_where_the_first_had_no_effect(till: Till) -> None:
    first, good, order_id = Merchant(till.merchant.url), await till.merchant.token(), uuid4()
    down, up = two_processors(till, url="http://127.0.0.1:9"), two_processors(till, first)
    method = CardToken(good, processor="first", fallbacks={"sandbox": good})
    assert isinstance(await authorise_payment(down, order_id, 1, eur(500), method, None), Authorised)
    assert await processors_of(till, order_id) == ["sandbox"]

    poor, soft = await first.token(NO_FUNDS), uuid4()
    method = CardToken(poor, processor="first", fallbacks={"sandbox": good})
    assert isinstance(await authorise_payment(up, soft, 1, eur(500), method, None), Authorised)
    assert await processors_of(till, soft) == ["sandbox"]

    bad, hard = await first.token(DECLINED), uuid4()
    method = CardToken(bad, processor="first", fallbacks={"sandbox": good})
    assert isinstance(await authorise_payment(up, hard, 1, eur(500), method, None), Declined)
    assert await processors_of(till, hard) == ["first"]
    for deps in (down, up):
        await deps.gateways.named("first").close()
    await first.close()


async def test_a_rule_names_the_processors(till: Till) -> None:
    unknown = await till.staff.post(
        "/v1/payment-rules", json={"position": 1, "processors": ["nowhere"]}, headers=key()
    )
    assert (unknown.status_code, unknown.json()["code"]) == (422, "processor_unknown")
    body = {"position": 1, "processors": ["sandbox"], "currency": "EUR", "from_minor": 1000}
    made = await till.staff.post("/v1/payment-rules", json=body, headers=key())
    assert made.status_code == 201, made.text
    deps, token = two_processors(till), await till.merchant.token(GOOD)
    method = CardToken(token, processor="first", fallbacks={"sandbox": token})
    small, large = uuid4(), uuid4()
    await authorise_payment(deps, small, 1, eur(999), method, None)
    await authorise_payment(deps, large, 1, eur(1000), method, None)
    assert [await processors_of(till, small), await processors_of(till, large)] == [["first"], ["sandbox"]]
    await deps.gateways.named("first").close()
    path = f"/v1/payment-rules/{made.json()['rule_id']}"
    changed = await till.staff.put(path, json={**body, "active": False}, headers=key())
    assert changed.json()["active"] is False
    assert (await till.staff.delete(path, headers=key())).status_code == 204
    assert (await till.staff.get("/v1/payment-rules")).json()["items"] == []


async def test_payments_are_found_by_customer_processor_and_method(till: Till) -> None:
    ada = uuid4()
    answer = await till.payment.authorise(
        uuid4(), 1, eur(700), CardToken(await till.merchant.token()), None, customer_id=ada
    )
    assert isinstance(answer, Authorised)
    await till.payment.authorise(uuid4(), 1, eur(700), ON_DELIVERY, None)

    async def found(**query: str) -> int:
        response: httpx.Response = await till.staff.get("/v1/payments", params=query)
        return len(response.json()["items"])

    assert await found(customer_id=str(ada)) == 1
    assert await found(processor="sandbox") == 1
    assert await found(method="cash_on_delivery") == 1
    assert await found(method="paypal") == 0
