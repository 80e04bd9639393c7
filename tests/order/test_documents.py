"""Invoices and credit notes: gap-free numbers, sums to the cent, the same bytes each time."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from tests.order.stall import card_token, place, ready_cart
from tests.shop import Shop, customer, guest, staff
from tests.stage import ADDRESS, key
from tradewind.contracts.common import Address
from tradewind.services.order.documents.render import render
from tradewind.services.order.domain import documents as content
from tradewind.services.order.domain.documents import Bill, BilledLine, Seller, Snapshot
from tradewind.services.order.issuing import issue_invoices
from tradewind.services.order.jobs import resume_refunds
from tradewind.services.order.shapes.record import IssueInvoice
from tradewind.services.order.store import documents
from tradewind.services.order.use_cases.issue_invoice import invoice_order

SELLER = Seller(
    "Aldea Keramik GmbH",
    ["Karl-Heine-Straße 12", "04229 Leipzig"],
    "DE123456789",
    "231/123/45678",
    "HRB 12345, Amtsgericht Leipzig",
    "hello@aldea.example",
    "+49 341 123456",
    "Beispielbank",
    "DE02 1203 0000 0000 2020 51",
    "BYLADEM1001",
)
AT = datetime(2026, 11, 22, 10, tzinfo=UTC)


async def ship(shop: Shop, admin: httpx.AsyncClient, order: Any, *lines: tuple[str, int]) -> None:
    body = {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines]}
    sent = await admin.post(f"/v1/orders/{order['order_id']}/fulfilments", json=body, headers=key())
    assert sent.is_success, sent.text
    await shop.deliver_events()


async def give_back(shop: Shop, admin: httpx.AsyncClient, order: Any, **body: Any) -> None:
    path = f"/v1/orders/{order['order_id']}/refunds"
    refunded = await admin.post(path, json=body, headers=key())
    assert refunded.is_success, refunded.text
    await shop.deliver_events()


async def issued(client: httpx.AsyncClient, order: Any) -> list[Any]:
    path = f"/v1/orders/{order['order_id']}/documents"
    listed = await client.get(path, params={"token": order["token"]} if order.get("token") else {})
    assert listed.status_code == 200, listed.text
    return list(listed.json()["items"])


def text_of(pdf: bytes) -> str:
    """As a reader copies it: every space alike."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


async def test_an_invoice_that_does_not_say_who_sells_is_told_and_replaced_once_it_can(shop: Shop) -> None:
    settings = shop.runtime.running["order"].deps.settings
    async with shop.client(guest()) as client, shop.client(staff()) as admin:
        order = await place(shop, client, ("MUG", 1))
        path = f"/v1/orders/{order['order_id']}/invoices"
        lacking = (await admin.post(path, json={}, headers=key())).json()
        assert lacking["seller_lacks"] == ["address", "tax_number"]
        object.__setattr__(settings, "seller_address", "Aldea GmbH | Lindenstraße 1 | 04109 Leipzig")
        object.__setattr__(settings, "seller_vat_id", "DE123456789")
        await ship(shop, admin, order)
        assert len(await issued(client, order)) == 1, "what a customer has is not replaced by itself"
        whole = (await admin.post(path, json={}, headers=key())).json()
        assert "seller_lacks" not in whole
        assert (await admin.post(path, json={}, headers=key())).json() == whole
        replaced, note, holds = await issued(client, order)
        assert (replaced["replaced_by"], note["corrects"]) == (holds["number"], lacking["number"])
        assert "DE123456789" in text_of((await admin.get(whole["url"])).content)


async def test_goods_that_leave_are_invoiced_once_and_refunds_credited(shop: Shop) -> None:
    async with shop.client(guest()) as client, shop.client(staff()) as admin:
        order = await place(shop, client, ("MUG", 3), ("VASE", 1), language="de")
        assert await issued(client, order) == []
        await ship(shop, admin, order, ("MUG", 1))
        await ship(shop, admin, order)
        (invoice,) = await issued(client, order)
        year = datetime.now(UTC).year
        assert invoice["number"].startswith(f"INV-{year}-"), invoice
        assert invoice["total"] == {"amount_minor": order["totals"]["total_minor"], "currency": "EUR"}
        assert invoice["tax"]["amount_minor"] == order["totals"]["tax_minor"]

        await give_back(shop, admin, order, lines=[{"sku": "MUG", "quantity": 1}], reason="chipped")
        await give_back(shop, admin, order, amount_minor=290)
        await give_back(shop, admin, order)
        notes = [document for document in await issued(client, order) if document["kind"] == "credit_note"]
        assert [note["total"]["amount_minor"] for note in notes] == [1900, 290, 10800]
        assert {note["corrects"] for note in notes} == {invoice["number"]}
        for part in ("total", "net", "tax"):
            assert sum(note[part]["amount_minor"] for note in notes) == invoice[part]["amount_minor"]

        pages = []
        for document in await issued(client, order):
            answer = await client.get(document["url"], params={"token": order["token"]})
            assert answer.headers["content-type"] == "application/pdf"
            assert answer.content == (await admin.get(document["url"])).content
            pages.append(text_of(answer.content))
        assert all(part in pages[0] for part in ("Rechnung", invoice["number"], "129,90 €", "Mug", "MUG"))
        assert all(part in pages[1] for part in ("Rechnungskorrektur", invoice["number"], "19,00 €", "Mug"))
        assert "chipped" not in pages[1]
        for stranger in (shop.client(customer()), shop.client(guest())):
            async with stranger as other:
                refused = await other.get(invoice["url"])
                assert (refused.status_code, refused.json()["code"]) == (404, "document_not_found")
        shown = (await admin.get(f"/v1/orders/{order['order_id']}")).json()["history"]
        assert [entry["reason"] for entry in shown if entry["kind"] == "invoice"] == [invoice["number"]]


async def test_staff_issue_an_invoice_that_is_replaced_when_it_says_something_else(shop: Shop) -> None:
    async with shop.client(customer()) as ada, shop.client(staff("support")) as support:
        order = await place(shop, ada, ("MUG", 2))
        path = f"/v1/orders/{order['order_id']}/invoices"
        first = await support.post(path, json={}, headers=key())
        assert first.status_code == 201, first.text
        again = await support.post(path, json={"note": ""}, headers=key())
        assert again.json() == first.json()
        refused = await support.post(path, json={"reverse_charge": True}, headers=key())
        assert (refused.status_code, refused.json()["field"]) == (422, "buyer_vat_id")
        taxed = {"reverse_charge": True, "buyer_vat_id": "ATU12345678"}
        assert (await support.post(path, json=taxed, headers=key())).json()["code"] == "tax_is_charged"
        named = (await support.post(path, json={"buyer_vat_id": "ATU12345678"}, headers=key())).json()
        assert [document["kind"] for document in await issued(ada, order)] == [
            "invoice",
            "credit_note",
            "invoice",
        ]
        pdf = await ada.get(named["url"])
        assert "ATU12345678" in text_of(pdf.content)
        replaced, note, holds = await issued(ada, order)
        assert (replaced["replaced_by"], note["corrects"]) == (named["number"], replaced["number"])
        assert "replaced_by" not in holds
        assert note["total"] == first.json()["total"]
        assert (await ada.post(path, json={})).status_code == 403
        waiting = await place(shop, ada, ("MUG", 1), card="declined")
        unpaid = await support.post(f"/v1/orders/{waiting['order_id']}/invoices", json={}, headers=key())
        assert (unpaid.status_code, unpaid.json()["code"]) == (409, "order_not_invoiceable")


async def test_an_order_that_is_cancelled_after_it_was_invoiced_is_credited_whole(shop: Shop) -> None:
    async with shop.client(guest()) as client, shop.client(staff()) as admin:
        order = await place(shop, client, ("VASE", 1))
        path = f"/v1/orders/{order['order_id']}"
        await admin.post(f"{path}/invoices", json={}, headers=key())
        gone = await admin.post(f"{path}/cancel", json={}, headers=key())
        assert gone.is_success, gone.text
        await shop.deliver_events()
        invoice, note = await issued(client, order)
        assert (note["kind"], note["total"]) == ("credit_note", invoice["total"])


async def test_a_shop_may_invoice_when_an_order_is_placed(shop: Shop) -> None:
    deps = shop.deps("order")
    object.__setattr__(deps.settings, "invoice_on", "placement")
    async with shop.client(guest()) as client:
        order = await place(shop, client, ("MUG", 1))
        assert await issue_invoices(deps) == "1 invoices"
        assert await issue_invoices(deps) == "0 invoices"
        assert [document["kind"] for document in await issued(client, order)] == ["invoice"]


async def test_fifty_at_once_leave_no_gap_and_no_double_also_when_some_roll_back(shop: Shop) -> None:
    async with shop.client(guest()) as client:
        orders = [await place(shop, client, ("MUG", 1)) for _ in range(5)]
    deps = shop.deps("order")

    async def attempt(number: int) -> None:
        """Each order's documents wait for one another; every third is interrupted before it commits."""
        order_id = uuid.UUID(orders[number % 5]["order_id"])
        async with deps.db.begin() as tx:
            bill = await documents.lock_bill(tx, order_id)
            assert bill is not None
            await invoice_order(deps, tx, bill, "test", IssueInvoice(note=f"no. {number}"))
            if number % 3 == 0:
                raise InterruptedError

    outcomes = await asyncio.gather(*(attempt(number) for number in range(50)), return_exceptions=True)
    assert sum(isinstance(outcome, InterruptedError) for outcome in outcomes) == 17
    assert all(outcome is None or isinstance(outcome, InterruptedError) for outcome in outcomes), outcomes
    rows = await deps.db.fetch(
        """
        SELECT s.series, s.issued, array_agg(d.position ORDER BY d.position) AS positions
        FROM document_series s JOIN order_documents d USING (series) GROUP BY s.series
        """
    )
    counts = {row["series"][:3]: row["issued"] for row in rows}
    assert counts == {"INV": 33, "CN-": 28}
    for row in rows:
        assert list(row["positions"]) == list(range(1, row["issued"] + 1))


async def test_who_credits_first_and_who_invoices_first_do_not_wait_for_one_another(shop: Shop) -> None:
    """An invoice that is replaced is credited and then issued; one after a refund is issued and then credited."""
    async with shop.client(guest()) as client, shop.client(staff()) as admin:
        orders = [await place(shop, client, ("MUG", 1)) for _ in range(10)]
        for order in orders[:5]:
            await ship(shop, admin, order)
        for order in orders[5:]:
            object.__setattr__(shop.deps("order").settings, "invoice_on", "hand")
            await ship(shop, admin, order)
            await give_back(shop, admin, order, amount_minor=100)
    deps = shop.deps("order")

    async def attempt(number: int) -> None:
        order_id = uuid.UUID(orders[number]["order_id"])
        async with deps.db.begin() as tx:
            bill = await documents.lock_bill(tx, order_id)
            assert bill is not None
            await invoice_order(deps, tx, bill, "test", IssueInvoice(note="once more"))

    await asyncio.gather(
        *(attempt(number) for pair in zip(range(5), range(5, 10), strict=True) for number in pair)
    )
    counts = await deps.db.fetch("SELECT kind, count(*) FROM order_documents GROUP BY kind ORDER BY kind")
    assert [(row["kind"], row["count"]) for row in counts] == [("credit_note", 10), ("invoice", 15)]


async def test_what_was_issued_cannot_be_changed(shop: Shop) -> None:
    async with shop.client(guest()) as client, shop.client(staff()) as admin:
        order = await place(shop, client, ("MUG", 1))
        await admin.post(f"/v1/orders/{order['order_id']}/invoices", json={}, headers=key())
        for statement in ("UPDATE order_documents SET total_minor = 1", "DELETE FROM order_documents"):
            with pytest.raises(asyncpg.RaiseError, match="never changed"):
                await shop.database("order").execute(statement)
        cart = await ready_cart(client, ("MUG", 1))
        body = {"cart_id": cart["cart_id"], "card_token": await card_token(shop)}
        assert (await client.post("/v1/orders", json=body, headers=key())).is_success


def bill_of(lines: list[BilledLine], **more: Any) -> Bill:
    address = Address("Ada Łukasiewicz-Παπαδοπούλου", "Torstr. 1", "Berlin", "DE", postal_code="10119")
    tax = sum(line.tax_minor for line in lines) + 78
    return Bill(
        uuid.uuid4(),
        "TW-100001",
        3,
        "placed",
        "EUR",
        "en",
        "ada@example.com",
        0,
        0,
        490,
        tax,
        sum(line.total_minor for line in lines) + 490,
        address,
        address,
        "Standard",
        AT,
        lines,
        shipping_tax_basis_points=1900,
        shipping_tax_minor=78,
        **more,
    )


def line(sku: str, quantity: int, price: int, rate: int, off: int = 0, cancelled: int = 0) -> BilledLine:
    total = quantity * price - off
    tax = round(total * rate / (10_000 + rate))
    return BilledLine(sku, f"{sku} — чай, τσάι", {}, quantity, price, off, total, rate, tax, 0, cancelled)


LINES = st.lists(
    st.builds(
        line,
        st.sampled_from("ABCDEF"),
        st.integers(1, 9),
        st.integers(0, 100_000),
        st.sampled_from((0, 700, 1900)),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one.sku,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LINES, st.lists(st.integers(1, 30_000), max_size=8))
def test_credit_notes_sum_to_their_invoice_to_the_cent(lines: list[BilledLine], amounts: list[int]) -> None:
    invoice = content.invoice(bill_of(lines), SELLER, AT, "Europe/Berlin")
    left, notes = invoice.total_minor, list[Snapshot]()
    for index, amount in enumerate([*amounts, invoice.total_minor]):
        part = min(amount, left)
        if part:
            pieces = [(lines[index % len(lines)], 1)] if index % 2 else []
            notes.append(content.credit_note(invoice, "INV-1", notes, part, AT, pieces))
            left -= part
    assert sum(note.total_minor for note in notes) == invoice.total_minor
    for tax in invoice.taxes:
        parts = [one for note in notes for one in note.taxes if one.basis_points == tax.basis_points]
        assert sum(part.tax_minor for part in parts) == tax.tax_minor
        assert sum(part.net_minor for part in parts) == tax.net_minor
        assert all(part.tax_minor >= 0 and part.net_minor >= 0 for part in parts)


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 9_999), st.integers(0, 9), st.integers(0, 3))
def test_cancelled_pieces_are_not_invoiced(quantity: int, price: int, cancelled: int, off: int) -> None:
    gone = min(quantity, cancelled)
    lines = [line("A", quantity, price, 1900, min(off, price), gone), line("B", 2, 700, 700)]
    kept = lines[0].total_minor * (quantity - gone) // quantity
    for rounding in (0, 1):
        lost = max(0, min(lines[0].total_minor, lines[0].total_minor - kept - rounding * bool(gone)))
        bill = bill_of(lines, cancelled_minor=lost)
        invoice = content.invoice(bill, SELLER, AT, "Europe/Berlin")
        assert invoice.total_minor == bill.sold_minor
        assert sum(one.amount_minor for one in invoice.lines) + invoice.shipping_minor == bill.sold_minor


def test_a_credit_note_of_less_than_its_pieces_cost_says_what_lies_between() -> None:
    sold = [line("MUG", 2, 3400, 1900)]
    invoice = content.invoice(bill_of(sold), SELLER, AT, "Europe/Berlin")
    less = content.credit_note(invoice, "INV-1", [], 2900, AT, [(sold[0], 1)])
    assert "Items €34.00 Kept, or given before -€5.00 Credited €29.00" in text_of(render(less, "CN-1"))
    more = content.credit_note(invoice, "INV-1", [less], 3890, AT, [(sold[0], 1)])
    german = text_of(render(msgspec.structs.replace(more, language="de"), "CN-2"))
    assert "Versand und anderes 4,90 € Gutgeschrieben 38,90 €" in german


def test_a_document_is_rendered_alike_each_time_with_every_rate_and_every_letter() -> None:
    lines = [line("MUG", 2, 3400, 1900, 340), line("TEA", 3, 1290, 700), line("GIFT", 1, 5000, 0)] * 12
    invoice = content.invoice(
        bill_of(lines, promotions=["SPRING10"]),
        SELLER,
        AT,
        "Europe/Berlin",
        buyer_vat_id="EL123456789",
        reverse_charge=True,
    )
    pdf = render(invoice, "INV-2026-00001")
    assert pdf == render(msgspec.json.decode(msgspec.json.encode(invoice), type=Snapshot), "INV-2026-00001")
    pages = PdfReader(BytesIO(pdf)).pages
    text = text_of(pdf)
    assert len(pages) >= 3
    assert f"Page {len(pages)} of {len(pages)}" in text
    for part in ("Łukasiewicz-Παπαδοπούλου", "чай, τσάι", "DE123456789", "19%", "7%", "0%", "SPRING10"):
        assert part in text or part.replace("%", " %") in text, part
    assert "Reverse charge" in text
    assert f"€{invoice.total_minor / 100:,.2f}" in text
    german = render(msgspec.structs.replace(invoice, language="de"), "INV-2026-00001")
    assert "Steuerschuldnerschaft" in text_of(german)
    foreign = msgspec.structs.replace(invoice, buyer=Address("李雷 🎁", "x\u200b", "y", "CN"))
    assert render(foreign, "INV-2026-00001")


async def test_the_address_of_an_order_may_be_any_text(shop: Shop) -> None:
    async with shop.client(guest()) as client, shop.client(staff()) as admin:
        cart = await ready_cart(client, ("MUG", 1))
        name = "Ὀδυσσεύς «Ø» {nb} **b** " + "x" * 60
        change = {"billing_address": {**ADDRESS, "name": name}}
        await client.patch(f"/v1/carts/{cart['cart_id']}", json=change)
        body = {"cart_id": cart["cart_id"], "card_token": await card_token(shop)}
        order = (await client.post("/v1/orders", json=body, headers=key())).json()
        made = await admin.post(f"/v1/orders/{order['order_id']}/invoices", json={}, headers=key())
        assert "Ὀδυσσεύς" in text_of((await admin.get(made.json()["url"])).content)


async def test_an_order_that_changed_after_it_was_invoiced_is_invoiced_anew(shop: Shop) -> None:
    """Edited smaller, a piece cancelled, then returned in part: what documents say in all is what was paid."""
    async with shop.client(guest()) as client, shop.client(staff()) as admin:
        order = await place(shop, client, ("MUG", 5), ("VASE", 2))
        path = f"/v1/orders/{order['order_id']}"
        await ship(shop, admin, order, ("MUG", 2))
        change = {"lines": [{"sku": "VASE", "quantity": 1}], "reason": "one is enough"}
        edit = (await admin.post(f"{path}/edits", json=change, headers=key())).json()
        confirmed = await admin.post(f"{path}/edits/{edit['edit_id']}/confirm", headers=key())
        assert confirmed.is_success, confirmed.text
        gone = {"lines": [{"sku": "MUG", "quantity": 1}]}
        assert (await admin.post(f"{path}/cancellations", json=gone, headers=key())).is_success
        await ship(shop, admin, order)
        await give_back(shop, admin, order, lines=[{"sku": "MUG", "quantity": 1}])
        listed = await issued(client, order)
        assert [document["kind"] for document in listed] == [
            "invoice",
            "credit_note",
            "invoice",
            "credit_note",
        ]
        says = [document["total"]["amount_minor"] for document in listed]
        now = (await admin.get(path)).json()
        sold = now["totals"]["total_minor"] - now["cancelled"]["amount_minor"]
        assert says == [order["totals"]["total_minor"]] * 2 + [sold, 1900]
        assert sold == 4 * 1900 + 6800 + 490
        assert says[0] - says[1] + says[2] - says[3] == (
            now["captured"]["amount_minor"] - now["refunded"]["amount_minor"]
        )
        pdf = (await admin.get(listed[2]["url"])).content
        assert f"€{sold / 100:.2f}" in text_of(pdf)


async def test_documents_say_what_was_paid_also_of_what_was_captured_ahead_and_taken_off(shop: Shop) -> None:
    async with shop.client(guest()) as client, shop.client(staff()) as admin:
        order = await place(shop, client, ("MUG", 5), ("VASE", 1))
        path = f"/v1/orders/{order['order_id']}"

        async def changed(what: str, **body: object) -> None:
            begun = await admin.post(f"{path}/{what}", json=body, headers=key())
            assert begun.is_success, begun.text
            done = await admin.post(f"{path}/{what}/{begun.json()['edit_id']}/confirm", headers=key())
            assert done.is_success, done.text

        async def balance() -> tuple[int, int]:
            """What the documents say that is to be paid, and what was."""
            await shop.deliver_events()
            await resume_refunds(shop.deps("order"))
            await shop.deliver_events()
            now = (await admin.get(path)).json()
            says = sum(
                document["total"]["amount_minor"] * (1 if document["kind"] == "invoice" else -1)
                for document in await issued(client, order)
            )
            return says, now["captured"]["amount_minor"] - now["refunded"]["amount_minor"]

        payment = (await admin.get("/v1/payments", params={"order_id": order["order_id"]})).json()["items"][0]
        by_hand = await admin.post(f"/v1/payments/{payment['payment_id']}/captures", json={}, headers=key())
        assert by_hand.is_success, by_hand.text
        await shop.deliver_events()
        await ship(shop, admin, order, ("MUG", 2))
        assert await balance() == (16_790, 16_790)
        await changed("edits", lines=[{"sku": "VASE", "quantity": 0}])
        assert await balance() == (9_990, 9_990)
        gone = {"lines": [{"sku": "MUG", "quantity": 1}]}
        assert (await admin.post(f"{path}/cancellations", json=gone, headers=key())).is_success
        assert await balance() == (8_090, 8_090)
        await changed(
            "exchanges", returns=[{"sku": "MUG", "quantity": 1}], lines=[{"sku": "VASE", "quantity": 1}]
        )
        await changed("edits", lines=[{"sku": "VASE", "quantity": 0}])  # before the exchange was invoiced
        assert await balance() == (6_190, 6_190)
