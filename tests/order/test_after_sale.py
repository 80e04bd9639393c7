"""The sums of edits, for any numbers; and what was left in the middle, driven on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from tests.order.sold import sold_lines
from tests.order.stall import pay_due, place
from tests.order.test_edits import begin, confirm
from tests.order.test_returns import pieces, sent
from tests.shop import Shop, guest, staff
from tests.stage import key
from tradewind.services.order.domain.after_sale import (
    CLAIM_TRANSITIONS,
    EDIT_TRANSITIONS,
    RETURN_TRANSITIONS,
    Account,
    Pieces,
    settled,
)
from tradewind.services.order.domain.editing import Carriage, NewLine, SoldLine, TakenOff, edited
from tradewind.services.order.domain.pricing import ManualDiscount, PricedLine, Terms, capture_share, quote
from tradewind.services.order.jobs_after_sale import resume_after_sale
from tradewind.services.order.shapes.returns import ReceivedPiece
from tradewind.services.order.store import claims, edits, orders, returns, whereabouts
from tradewind.services.order.store.returns import ReceiptRecord

AMOUNT = st.integers(0, 10**7)


@given(total=AMOUNT, after=AMOUNT, captured=AMOUNT, spare=AMOUNT, due=AMOUNT, credit=AMOUNT)
def test_an_edit_loses_no_money_and_asks_for_none_twice(
    total: int, after: int, captured: int, spare: int, due: int, credit: int
) -> None:
    credit = min(credit, max(0, after - total))
    captured = min(captured, total)
    account = Account(total, captured, 0, due, spare)
    now = settled(account, after, credit)
    authorised = total + spare - due
    assert after + now.adjustment_minor + now.spare_minor - now.due_minor == authorised
    assert captured - now.refund_minor <= after - credit or now.refund_minor == 0
    assert captured <= after + now.adjustment_minor
    assert min(now.due_minor, now.spare_minor) == 0
    assert now.refund_minor >= 0
    assert 0 <= now.more_minor <= now.due_minor


@st.composite
def _sold(draw: st.DrawFn) -> tuple[Terms, list[SoldLine], list[int]]:
    """Lines as the pure quote sold them, with a discount over all of them."""
    terms = Terms("EUR", {"standard": draw(st.sampled_from([0, 700, 1900, 2100]))}, draw(st.booleans()))
    lines = [
        PricedLine(f"S{n}", draw(st.integers(1, 9)), draw(st.integers(0, 9999)), "standard")
        for n in range(draw(st.integers(1, 4)))
    ]
    off = draw(st.integers(0, sum(line.gross_minor for line in lines)))
    quoted = quote(lines, terms, manual=ManualDiscount("amount", "x", amount_minor=off) if off else None)
    sold = sold_lines(lines, quoted.lines)
    return terms, sold, [line.discount_minor for line in sold]


@given(sold=_sold(), wanted=st.lists(st.integers(0, 12), min_size=4, max_size=4), kind=st.booleans())
def test_what_an_edit_leaves_alone_stays_and_its_sums_are_exact(
    sold: tuple[Terms, list[SoldLine], list[int]], wanted: list[int], kind: bool
) -> None:
    terms, lines, discounts = sold
    quantities = {line.sku: quantity for line, quantity in zip(lines, wanted, strict=False)}
    taken = [TakenOff("percentage" if kind else "amount", discounts)]
    new = [NewLine("NEW", 2, 1999, 1900)]
    after = edited(terms, lines, taken, quantities, new, Carriage(490, 0, 0, 0, 0), None)
    totals = after.totals
    assert sum(line.total_minor for line in after.lines) + 490 == totals.total_minor
    assert sum(line.discount_minor for line in after.lines) == totals.discount_minor
    assert sum(after.taken_off[0]) == totals.discount_minor
    by_sku = {line.sku: line for line in after.lines}
    for line in lines:
        quantity = quantities[line.sku]
        if quantity == 0:
            assert line.sku not in by_sku
            continue
        now = by_sku[line.sku]
        assert 0 <= now.discount_minor <= quantity * line.unit_price_minor
        assert 0 <= now.tax_added_minor <= now.tax_minor <= now.total_minor
        assert now.total_minor == quantity * line.unit_price_minor - now.discount_minor + now.tax_added_minor
        if quantity == line.quantity:
            assert now.total_minor == line.total_minor
        elif quantity < line.quantity:
            assert now.total_minor == capture_share(line.total_minor, line.quantity, 0, quantity)


def test_every_state_is_reached_and_every_way_ends() -> None:
    for machine, first in (
        (RETURN_TRANSITIONS, "requested"),
        (EDIT_TRANSITIONS, "begun"),
        (CLAIM_TRANSITIONS, "requested"),
    ):
        reached = {first}
        for _ in machine:
            reached |= {to for state in reached for to in machine[state]}
        assert reached == set(machine)
        assert all(to in machine for moves in machine.values() for to in moves)


async def _due(shop: Shop) -> None:
    """Whoever drove it died, and its time to be driven on has come."""
    deps = shop.deps("order")
    for table in ("order_edits", "order_return_receipts", "order_claims"):
        await shop.database("order").execute(
            f"UPDATE {table} SET resume_at = $1 WHERE resume_at IS NOT NULL",
            deps.clock.now() - timedelta(seconds=1),
        )
    await resume_after_sale(deps)


async def test_what_was_left_in_the_middle_is_driven_on(shop: Shop) -> None:
    deps = shop.deps("order")
    async with shop.client(guest()) as visitor, shop.client(staff()) as admin:
        order = await place(shop, visitor, ("MUG", 3))
        path = f"/v1/orders/{order['order_id']}"
        edit = await begin(admin, order, lines=[{"sku": "MUG", "quantity": 2}])
        record = await edits.load(deps.db, edit["edit_id"])
        known = await orders.load(deps.db, order["order_id"])
        assert record is not None
        assert known is not None
        now = deps.clock.now()
        async with deps.db.begin() as tx:
            assert await whereabouts.lock(tx, known.order_id)
            assert await edits.begin_confirming(tx, record, known.version, record.preview, "Sam", now, now)
        for refused in (
            await admin.post(f"{path}/fulfilments", json={}, headers=key()),
            await visitor.post(f"{path}/cancel", params={"token": order["token"]}, json={}, headers=key()),
        ):
            assert (refused.status_code, refused.json()["code"]) == (409, "order_busy"), refused.text
        await _due(shop)
        await _due(shop)
        assert (await admin.get(path)).json()["lines"][0]["quantity"] == 2
        assert (await confirm(admin, edit)).json()["state"] == "confirmed"

        order = await sent(shop, visitor, ("MUG", 2))
        path = f"/v1/orders/{order['order_id']}"
        asked = await _post(admin, f"{path}/returns", {"lines": [{"sku": "MUG", "quantity": 1}]})
        await _post(admin, f"{path}/returns/{asked['return_id']}/approve", {})
        arrived = ReceivedPiece("MUG", 1, "LEJ", "restock")
        receipt = ReceiptRecord(
            deps.clock.new_id(),
            asked["return_id"],
            order["order_id"],
            "requested",
            [arrived],
            "",
            "staff",
            now,
        )
        async with deps.db.begin() as tx:
            assert await whereabouts.lock(tx, order["order_id"])
            assert await returns.open_receipt(tx, receipt, now)
        early = await admin.post(f"{path}/returns/{asked['return_id']}/refund", json={}, headers=key())
        assert early.status_code == 409, early.text
        await _due(shop)
        await _due(shop)
        assert (await admin.get(f"{path}/returns")).json()["items"][0]["state"] == "received"

        body = {"kind": "damaged", "lines": [{"sku": "MUG", "quantity": 1}]}
        claim = await _post(admin, f"{path}/claims", body)
        async with deps.db.begin() as tx:
            assert await claims.move(
                tx,
                claim["claim_id"],
                "accepted",
                now,
                resume_at=now,
                outcome="replacement",
                replacement=[Pieces("MUG", 1)],
            )
        await _due(shop)
        assert (await admin.get(f"{path}/claims")).json()["items"][0]["state"] == "reserved"


async def _post(client: httpx.AsyncClient, path: str, body: Any) -> Any:
    answer = await client.post(path, json=body, headers=key())
    assert answer.is_success, answer.text
    return answer.json()


async def test_a_difference_is_paid_and_what_it_was_for_is_sent(shop: Shop) -> None:
    async with shop.client(guest()) as visitor, shop.client(staff()) as admin:
        order = await place(shop, visitor, ("MUG", 1))
        path = f"/v1/orders/{order['order_id']}"
        edit = await begin(admin, order, lines=[{"sku": "VASE", "quantity": 1}])
        assert (await confirm(admin, edit)).json()["due"]["amount_minor"] == 6800
        await pay_due(shop, visitor, order)
        assert (await admin.get(path)).json().get("due") is None
        await _post(admin, f"{path}/fulfilments", {})
        await shop.deliver_events()
        done = (await admin.get(path)).json()
        assert (done["state"], done["captured"]["amount_minor"]) == ("fulfilled", 9190)
        returned = await _post(admin, f"{path}/returns", {"lines": [{"sku": "VASE", "quantity": 1}]})
        one = f"{path}/returns/{returned['return_id']}"
        await _post(admin, f"{one}/approve", {})
        await _post(admin, f"{one}/receipts", {"pieces": [pieces("VASE", 1)]})
        await _post(admin, f"{one}/refund", {})
        await shop.deliver_events()
        assert (await admin.get(path)).json()["refunded"]["amount_minor"] == 6800
