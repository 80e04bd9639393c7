"""What those who look after the shop are told by mail: where it names them, once each, and customers never."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from tests.notification.mail_server import Certificate, MailServer
from tests.notification.post_office import ENVIRON, PostOffice, open_post_office, smtp
from tests.shop import customer, guest, staff
from tradewind.contracts.common import Money
from tradewind.contracts.inventory import Counted, Inventory, LowStock, StockCount, StockLine
from tradewind.contracts.payment import (
    CaptureFailed,
    DisputeOpened,
    MoneyToReturn,
    PaymentLapsed,
    RefundFailed,
)
from tradewind.contracts.user import Account, User
from tradewind.faces.backoffice.views import VIEWS
from tradewind.services.inventory.use_cases.check_low_stock import check_low_stock
from tradewind.services.notification.domain import KINDS, STAFF_KINDS
from tradewind.services.notification.links import Unsubscribing, unsubscribe_token
from tradewind.services.user.use_cases.ensure_account import ensure_account

pytestmark = pytest.mark.asyncio(loop_scope="module")
STOCK, MONEY = "stock@shop.example", "Money@shop.example"
OFFICE_LINK = re.compile(r"https://shop\.example(/admin/[^\s\"<]+)")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def alerting(
    shared_url: str, server: MailServer, certificate: Certificate
) -> AsyncIterator[PostOffice]:
    """A shop that names two people, one of them twice, and writes to them in German."""
    named = {
        "TRADEWIND_NOTIFICATION_STAFF_EMAILS": f" {STOCK}, money@shop.example,{MONEY},",
        "TRADEWIND_NOTIFICATION_STAFF_LANGUAGE": "de",
    }
    async with open_post_office(shared_url, {**ENVIRON, **smtp(server, certificate), **named}) as opened:
        yield opened


async def test_stock_that_falls_to_its_threshold_is_mailed_to_each_address_once(
    alerting: PostOffice, server: MailServer
) -> None:
    shop, sku = alerting.shop, f"MUG & {uuid.uuid4().hex[:6]}"
    inventory = shop.runtime.contract(Inventory)
    async with shop.client(staff("warehouse")) as warehouse, shop.client(staff()) as admin:
        place = {"code": "LEJ", "name": "Leipzig", "country": "DE", "priority": 1}
        assert (await admin.post("/v1/warehouses", json=place)).status_code == 201
        counted = await inventory.count(str(uuid.uuid4()), [StockCount(sku, "LEJ", 6)])
        assert isinstance(counted, Counted)
        threshold = {"sku": sku, "warehouse": "LEJ", "minimum": 5}
        assert (await warehouse.put("/v1/stock-thresholds", json=threshold)).status_code == 200
    for _ in range(2):
        await inventory.reserve(uuid.uuid4(), [StockLine(sku, 2)], None)
        await check_low_stock(shop.deps("inventory"))
        await shop.deliver_events()
    await alerting.send()
    for email in (STOCK, MONEY):
        (mail,) = server.to(email)
        assert mail["Subject"] == f"Bestand niedrig: {sku}, noch 4"
        assert mail["List-Unsubscribe"] is None
        text, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert text is not None and html is not None
        words = text.get_content()
        assert all(line in words for line in (f"Artikelnummer: {sku}", "Verfügbar: 4", "Meldegrenze: 5"))
        assert "Lager: LEJ" in words and "https://shop.example/admin/low-stock" in words
        assert f"/admin/stock/item?sku={sku.replace(' & ', '%20%26%20')}" in html.get_content()
    assert server.to("money@shop.example") == []


async def test_what_a_payment_needs_names_its_order_and_leads_to_pages_that_there_are(
    alerting: PostOffice,
) -> None:
    order, payment = alerting.order(), uuid.uuid4()
    await alerting.tell(order)
    amount, due = Money(14090, "EUR"), datetime(2026, 12, 9, 11, 0, tzinfo=UTC)
    order_id = order.order_id
    await alerting.tell(DisputeOpened(order_id, payment, uuid.uuid4(), amount, "product_not_received", due))
    await alerting.tell(PaymentLapsed(order_id, payment, amount, "bank_transfer"))
    await alerting.tell(MoneyToReturn(order_id, payment, amount))
    await alerting.tell(CaptureFailed(order_id, payment, uuid.uuid4(), "insufficient_funds"))
    await alerting.tell(RefundFailed(order_id, payment, uuid.uuid4(), "card_closed"))
    await alerting.send()
    told = [mail for mail in await alerting.messages(order_id=str(order_id)) if mail["to"] == MONEY]
    read = {mail["subject"]: await alerting.message(mail["message_id"]) for mail in told}
    facts = {
        f"Streitfall über 140,90 €, Bestellung {order.number}": ("product not received", "9. Dezember 2026"),
        f"Zahlung von 140,90 € verfallen, Bestellung {order.number}": ("Überweisung", "140,90 €"),
        f"140,90 € sind zurückzusenden, Bestellung {order.number}": ("Bankkonto", "140,90 €"),
        f"Abbuchung fehlgeschlagen, Bestellung {order.number}": ("insufficient funds", "abgebucht"),
        f"Erstattung fehlgeschlagen, Bestellung {order.number}": ("card closed", "zurück"),
    }
    assert {subject.replace("\xa0", " ") for subject in read} == set(facts)
    assert {mail["kind"] for mail in told} == set(STAFF_KINDS) - {"stock_low"}
    assert all((mail["state"], mail["account_id"], mail["language"]) == ("sent", None, "de") for mail in told)
    pages = [re.sub(r"\{\w+\}", "[^/?]+", view.path) for view in VIEWS if view.method == "GET"]
    for subject, mail in read.items():
        for form in (mail["html"], mail["text"]):
            assert all(fact in form.replace("\xa0", " ") for fact in facts[subject.replace("\xa0", " ")])
            links = OFFICE_LINK.findall(form)
            assert links, form
            for link in links:
                assert any(re.fullmatch(page, link.partition("?")[0]) for page in pages), link
        assert f"/admin/orders/{order_id}" in mail["html"]


async def test_an_order_that_nobody_was_mailed_about_is_called_by_its_id(alerting: PostOffice) -> None:
    order_id = uuid.uuid4()
    await alerting.tell(CaptureFailed(order_id, uuid.uuid4(), uuid.uuid4(), "failed"))
    await alerting.send()
    told = await alerting.messages(order_id=str(order_id), email=STOCK)
    assert [mail["subject"] for mail in told] == [f"Abbuchung fehlgeschlagen, Bestellung {order_id}"]


async def test_told_again_it_is_not_mailed_again_and_one_bad_address_keeps_nobody_from_it(
    alerting: PostOffice, server: MailServer
) -> None:
    low, before = LowStock(f"BOWL-{uuid.uuid4().hex[:6]}", None, 0, 5), len(server.to(MONEY))
    server.rcpt_rules[STOCK] = "550 no such mailbox"
    event_id = await alerting.tell(low)
    await alerting.tell(low, event_id)
    await alerting.send()
    del server.rcpt_rules[STOCK]
    assert len(server.to(MONEY)) == before + 1
    mails = [m for m in await alerting.messages(kind="stock_low", limit="10") if low.sku in m["subject"]]
    assert {mail["to"]: mail["state"] for mail in mails} == {STOCK: "failed", MONEY: "sent"}
    failed = next(mail["message_id"] for mail in mails if mail["state"] == "failed")
    async with alerting.shop.client(staff("support")) as client:
        assert (await client.post(f"/v1/messages/{failed}/retry")).status_code == 200
    await alerting.send()
    assert low.sku in server.to(STOCK)[-1]["Subject"]


async def test_a_shop_that_names_nobody_writes_no_such_mail_and_tells_its_pages_all_the_same(
    office: PostOffice,
) -> None:
    order = office.order()
    await office.tell(order)
    await office.tell(LowStock("PLATE", None, 1, 5))
    event_id = await office.tell(PaymentLapsed(order.order_id, uuid.uuid4(), Money(14090, "EUR")))
    told = await office.messages(order_id=str(order.order_id))
    assert [mail["kind"] for mail in told] == ["order_confirmation"]
    count = "SELECT count(*) FROM messages WHERE data ->> 'sku' = 'PLATE'"
    assert await office.deps.db.value(count) == 0
    row = await office.deps.db.row("SELECT type, state FROM feed WHERE event_id = $1", event_id)
    assert (row["type"], row["state"]) == ("payment.lapsed", "lapsed")


async def test_no_customer_sees_or_chooses_of_mail_to_staff_though_it_is_their_address(
    alerting: PostOffice, server: MailServer
) -> None:
    account_id = await ensure_account(
        alerting.shop.deps("user"), STOCK, "Stocky", "seven lean cows", ("customer",)
    )
    assert isinstance(await alerting.shop.runtime.contract(User).account(account_id), Account)
    path = "/v1/me/notification-preferences"
    async with alerting.shop.client(customer(account_id)) as client:
        shown = (await client.get(path)).json()["items"]
        assert {item["kind"] for item in shown} == set(KINDS) - set(STAFF_KINDS)
        for kind in STAFF_KINDS:
            for enabled in (False, True):
                choice = {"kind": kind, "channel": "email", "enabled": enabled}
                refused = await client.put(path, json={"items": [choice]})
                assert refused.status_code == 422, refused.text
                assert refused.json()["field"] == "items[0].kind"
        off = [{"kind": i["kind"], "channel": "email", "enabled": False} for i in shown if not i["mandatory"]]
        assert (await client.put(path, json={"items": off})).status_code == 200
    async with alerting.shop.client(guest()) as anybody:
        for kind in STAFF_KINDS:
            token = unsubscribe_token(alerting.deps.sealer, Unsubscribing(STOCK, kind))
            for answer in (
                await anybody.post("/v1/unsubscribe", json={"token": token}),
                await anybody.post(f"/v1/unsubscribe/one-click?token={token}"),
            ):
                assert (answer.status_code, answer.json()["code"]) == (404, "subscription_not_found")
    before = len(server.to(STOCK))
    await alerting.tell(LowStock("VASE", None, 2, 5))
    await alerting.send()
    assert len(server.to(STOCK)) == before + 1


async def test_the_back_office_finds_them_by_kind_and_previews_each(office: PostOffice) -> None:
    async with office.shop.client(staff("support")) as client:
        listed = (await client.get("/v1/message-templates", params={"language": "de"})).json()["items"]
        titles = {item["kind"]: item["title"] for item in listed if not item["optional"]}
        assert titles["stock_low"] == "Bestand niedrig" and set(STAFF_KINDS) <= set(titles)
        for kind in STAFF_KINDS:
            shown = await client.get(f"/v1/message-templates/{kind}/preview", params={"language": "en"})
            assert shown.status_code == 200, shown.text
            assert "https://shop.example/admin/" in shown.json()["text"]
            assert (await client.get("/v1/messages", params={"kind": kind})).status_code == 200
