"""Settlement files against the ledger: what fits is posted, what does not waits for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.payment.till import Till
from tradewind.adapters.payment_gateway.paypal_settlement import COLUMNS as PAYPAL_COLUMNS
from tradewind.adapters.payment_gateway.paypal_settlement import read_paypal
from tradewind.adapters.payment_gateway.stripe_settlement import read_stripe
from tradewind.contracts.common import Money
from tradewind.contracts.payment import Refunded
from tradewind.ports.settlement import SettlementUnreadable
from tradewind.services.payment.use_cases.find_missing import find_missing

OWN = "id,kind,reference,amount_minor,fee_minor,currency,settled_on,payout"


async def send(till: Till, content: bytes | str, status: int = 201, **query: Any) -> Any:
    body = content.encode() if isinstance(content, str) else content
    params = {"processor": "sandbox", "file_name": "settlement.csv", **query}
    answer = await till.staff.post("/v1/settlements", content=body, params=params)
    assert answer.status_code == status, answer.text
    return answer.json()


async def balances(till: Till) -> dict[str, int]:
    items = (await till.staff.get("/v1/ledger/balances")).json()["items"]
    return {
        it["account"]: it["balance"]["amount_minor"] for it in items if it["balance"]["currency"] == "EUR"
    }


async def exceptions(till: Till, **params: Any) -> list[Any]:
    answer = await till.staff.get("/v1/settlement-exceptions", params={"state": "open", **params})
    items: list[Any] = answer.json()["items"]
    return items


async def resolve(till: Till, one: Any, action: str, status: int = 200) -> Any:
    path = f"/v1/settlement-exceptions/{one['exception_id']}/resolution"
    answer = await till.staff.post(path, json={"action": action, "note": "as the bank says"})
    assert answer.status_code == status, answer.text
    return answer.json()


async def operation(till: Till, order_id: UUID, kind: str = "capture") -> str:
    """Our reference of an order's capture or refund."""
    sql = "SELECT id FROM operations WHERE order_id = $1 AND kind = $2"
    return f"{kind}-{await till.database.value(sql, order_id, kind)}"


def line(name: str, kind: str, reference: str, amount: int, fee: int = 0, currency: str = "EUR") -> str:
    return f"\n{name},{kind},{reference},{amount},{fee},{currency},2026-03-02,po_1"


async def test_the_processors_own_file_matches_and_empties_what_it_holds(till: Till) -> None:
    first = await till.captured(5000)
    await till.captured(10_000)
    refunded = await till.payment.refund(first, uuid4(), Money(2000, "EUR"), "damaged")
    assert refunded == Refunded(Money(2000, "EUR"))
    content, last = await till.merchant.settlement()
    shown = await send(till, content)
    assert (shown["lines"], shown["matched"], shown["exceptions"]) == (4, 4, 0)
    fees = 70 + 25 + 140 + 25
    after = await balances(till)
    assert (after["fees"], after["cash_at_processor"], after["cash_in_bank"]) == (fees, 0, 13_000 - fees)

    again = await send(till, content, file_name="the same.csv")
    assert again["settlement_id"] == shown["settlement_id"]
    await till.captured(7000)
    following, _ = await till.merchant.settlement(last)
    shown = await send(till, following)
    assert (shown["lines"], shown["matched"]) == (2, 2)
    assert (await balances(till))["cash_at_processor"] == 0


async def test_lines_of_an_earlier_file_are_not_counted_again(till: Till) -> None:
    order_id = await till.captured(5000)
    captured = line("mov_1", "capture", await operation(till, order_id), 5000, 95)
    assert (await send(till, OWN + captured))["matched"] == 1
    both = await send(till, OWN + captured + line("fee_1", "fee", "", 0, 30))
    assert (both["matched"], both["repeated"], both["exceptions"]) == (1, 1, 0)
    assert (await balances(till))["fees"] == 125


async def test_what_does_not_fit_waits_for_a_person_and_moves_nothing_before(till: Till) -> None:
    short, strange, double = [await operation(till, await till.captured(5000)) for _ in range(3)]
    content = (
        OWN
        + line("mov_1", "capture", short, 4900, 95)
        + line("mov_2", "capture", strange, 5100, 95, "USD")
        + line("mov_3", "capture", double, 5000, 95)
        + line("mov_4", "capture", double, 5000, 95)
        + line("mov_3", "capture", double, 5000, 95)
        + line("mov_6", "refund", f"refund-{uuid4()}", -700)
    )
    shown = await send(till, content)
    assert (shown["matched"], shown["open_exceptions"]) == (1, 5)
    assert (await balances(till))["cash_at_processor"] == 15_000 - 95
    found = {(one["problem"], one["line"]): one for one in await exceptions(till)}
    assert sorted(found) == [
        ("amount_differs", 2),
        ("currency_differs", 3),
        ("twice", 5),
        ("twice", 6),
        ("unknown", 7),
    ]
    differs = found["amount_differs", 2]
    assert (differs["said"]["amount_minor"], differs["expected"]["amount_minor"]) == (4900, 5000)
    noted = await resolve(till, differs, "note")
    assert (noted["state"], noted["note"]) == ("open", "as the bank says")
    decided = await resolve(till, differs, "post_difference")
    assert (decided["state"], decided["resolution"]) == ("resolved", "difference_posted")
    assert (await resolve(till, differs, "ignore", 409))["code"] == "exception_resolved"
    after = await balances(till)
    assert (after["settlement_differences"], after["fees"]) == (100, 190)
    await resolve(till, found["currency_differs", 3], "post_difference")
    assert (await balances(till))["settlement_differences"] == 5100
    for place in (("twice", 5), ("twice", 6), ("unknown", 7)):
        await resolve(till, found[place], "ignore")
    assert await exceptions(till) == []
    assert (await balances(till))["cash_at_processor"] == 5000 - 95 + 4900 - 95


async def test_what_no_file_tells_of_is_missing_until_one_does(till: Till) -> None:
    told, untold = await operation(till, await till.captured()), await operation(till, await till.captured())
    till.clock.ahead += timedelta(days=8)
    assert await find_missing(till.deps, "sandbox") == 0, "no file reaches to that day"
    late = line("mov_1", "capture", told, 5000).replace("2026-03-02", till.clock.now().date().isoformat())
    await send(till, OWN + late)
    assert [await find_missing(till.deps, "sandbox") for _ in range(2)] == [1, 0]
    (missing,) = await exceptions(till, problem="missing")
    assert (missing["reference"], missing["expected"]["amount_minor"]) == (untold, 5000)
    await send(till, OWN + line("mov_2", "capture", untold, 5000))
    assert await exceptions(till) == []
    (settled,) = await exceptions(till, state="resolved")
    assert (settled["resolution"], settled["problem"]) == ("settled", "missing")


async def test_what_cannot_be_read_is_told_by_line_and_field_and_nothing_is_taken(till: Till) -> None:
    content = (
        OWN
        + line("mov_1", "capture", "capture-1", 100)
        + "\nmov_2,capture,,1.5,0,EUR,2026-03-02,"
        + "\nmov_3,theft,,100,0,EUR,2026-03-02,"
        + "\nmov_4,refund,,100,0,EUR,2026-03-02,"
        + "\n,fee,,0,5,EURO,soon,"
    )
    refused = await send(till, content, 422)
    assert refused["code"] == "settlement_file_invalid"
    assert [(it["line"], it["field"], it["code"]) for it in refused["details"]["problems"]] == [
        (3, "amount_minor", "amount_invalid"),
        (4, "kind", "kind_unknown"),
        (5, "amount", "sign_wrong"),
        (6, "id", "required"),
    ]
    headless = (await send(till, "a,b\n1,2", 422))["details"]["problems"]
    assert [(it["line"], it["code"]) for it in headless] == [(1, "column_missing")]
    doubled = (await send(till, OWN + ",kind" + line("mov_1", "capture", "capture-1", 100), 422))["detail"]
    assert doubled.startswith("line 1, header: ")
    for bad in ("", "a,b\n1,2", OWN, b"\xff\xfe", OWN + '\n"open'):
        assert (await send(till, bad, 422))["code"] == "settlement_file_invalid"
    assert (await send(till, content, 422, processor="stripe"))["field"] == "processor"
    assert (await till.staff.get("/v1/settlements")).json()["items"] == []


async def test_a_file_of_any_make_is_read_by_its_columns_and_payouts_are_reported(till: Till) -> None:
    ours = await operation(till, await till.captured(5000))
    content = (
        "Type;Ref,Amount".replace(";", ",")
        + ",Fee,Cur,Day,Batch\n"
        + f"Sale,{ours},50.00,0.95,eur,2026-03-02,B1\nMonthly,m1,-3.50,,EUR,2026-03-02,B1\n"
        + "Transfer,t1,-45.55,,EUR,2026-03-03,B1\nTransfer,=1+1,-1.00,,EUR,2026-03-04,=B2\n"
    )
    columns: dict[str, Any] = {
        "columns": "mapped",
        "kind_column": "Type",
        "reference_column": "Ref",
        "amount_column": "Amount",
        "fee_column": "Fee",
        "currency_column": "Cur",
        "day_column": "Day",
        "payout_column": "Batch",
        "kinds": "Sale:capture,Monthly:fee,Transfer:payout",
    }
    shown = await send(till, content, **columns)
    assert (shown["matched"], shown["format"]) == (4, "mapped")
    assert (await send(till, content, 422, **{**columns, "kinds": "Sale"}))["code"] == "kinds_invalid"
    lines = await till.staff.get(f"/v1/settlements/{shown['settlement_id']}/lines", params={"limit": 2})
    assert [it["kind"] for it in lines.json()["items"]] == ["capture", "fee"]
    days = {"from_day": "2026-03-01", "to_day": "2026-03-03", "processor": "sandbox"}
    (payout,) = (await till.staff.get("/v1/payouts", params=days)).json()["items"]
    assert (payout["gross_minor"], payout["fees_minor"], payout["net_minor"]) == (5000, 445, 4555)
    assert (payout["paid_out_minor"], payout["matched_percent"]) == (4555, 100.0)
    text = (await till.staff.get("/v1/payouts", params={"format": "csv"})).text
    assert text.splitlines()[0].startswith("processor,payout,currency") and "'=B2" in text


def test_stripes_report_is_read() -> None:
    header = (
        "automatic_payout_id,automatic_payout_effective_at,balance_transaction_id,created,available_on,currency,"
        "gross,fee,net,reporting_category,source_id,charge_id,payment_intent_id,refund_metadata[reference]"
    )
    lines = read_stripe(
        (
            header
            + "\npo_1,2026-03-04,txn_1,2026-03-02 10:00:00,2026-03-04,eur,50.00,1.75,48.25,charge,ch_1,ch_1,pi_1,"
            + "\npo_1,2026-03-04,txn_2,2026-03-02,2026-03-04,eur,-20.00,0.00,-20.00,refund,re_1,ch_1,pi_1,refund-1"
            + "\npo_1,2026-03-04,txn_3,2026-03-02,2026-03-04,eur,-1.50,0.00,-1.50,fee,,,,"
            + "\npo_1,2026-03-04,txn_4,2026-03-02,2026-03-04,eur,-26.75,0.00,-26.75,payout,po_1,,,"
            + "\n,,txn_5,2026-03-02,2026-03-04,isk,-500.00,15.00,-515.00,dispute,dp_1,ch_1,pi_1,"
        ).encode()
    )
    told = [(it.kind, it.amount_minor, it.fee_minor, it.payout) for it in lines]
    assert told[:4] == [
        ("capture", 5000, 175, "po_1"),
        ("refund", -2000, 0, "po_1"),
        ("fee", 0, 150, "po_1"),
        ("payout", -2675, 0, "po_1"),
    ]
    assert (told[4], lines[4].keys) == (("dispute", -500, 15, ""), ("txn_5", "dp_1", "ch_1", "pi_1"))
    assert "refund-1" in lines[1].keys and lines[0].keys == ("txn_1", "ch_1", "pi_1")


def test_paypals_report_is_read() -> None:
    def row(
        name: str, invoice: str, code: str, side: str, gross: int, fee: int, currency: str = "EUR"
    ) -> str:
        day = "2026/03/02 05:36:38 -0700"
        return f'"SB","{name}","{invoice}","REF1",{code},"{day}",{side},{gross},{currency},DR,{fee}'

    content = "\n".join(
        (
            '"RH",2026/03/03 00:00:00 -0700,"A","SHOP",011,',
            "CH," + ",".join(PAYPAL_COLUMNS),
            row("CAP1", "capture-1", "T0006", "CR", 5000, 175),
            row("REF2", "refund-1:1:2", "T1107", "DR", 2000, 0),
            row("WD1", "", "T0400", "DR", 2825, 0),
            row("JP1", "capture-2", "T0006", "CR", 5000, 10, "HUF"),
            '"SF",EUR,CR,5000',
            '"RF",4',
        )
    )
    lines = read_paypal(content.encode())
    told = [(it.kind, it.amount_minor, it.fee_minor, it.part) for it in lines]
    assert told == [
        ("capture", 5000, 175, False),
        ("refund", -2000, 0, True),
        ("payout", -2825, 0, False),
        ("capture", 500_000, 1000, False),
    ]
    assert "refund-1" in lines[1].keys
    with pytest.raises(SettlementUnreadable) as wrong:
        read_paypal(content.replace(",CR,5000,EUR", ",XX,5000,EUR").encode())
    assert [(it.line, it.code) for it in wrong.value.problems] == [(3, "sign_wrong")]
