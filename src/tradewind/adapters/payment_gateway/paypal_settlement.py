"""PayPal's settlement report: https://developer.paypal.com/docs/reports/sftp-reports/settlement-report/. Pure.

Each line says in its first cell what it is: CH names the columns of the SB lines, which are the moves. Amounts are
unsigned in minor units as PayPal counts them; CR and DR beside them are the signs. What a move was is told by its
event code: https://developer.paypal.com/docs/reports/reference/tcodes/.
"""

from __future__ import annotations

from collections.abc import Iterator

from tradewind.adapters.payment_gateway.settlement_rows import (
    Cells,
    Wrong,
    cell,
    currency_of,
    day_of,
    read_each,
    read_mapped,
    records,
    unreadable,
    whole_of,
)
from tradewind.adapters.payment_gateway.units import PAYPAL_DIGITS
from tradewind.contracts.currencies import DIGITS
from tradewind.ports.settlement import SettlementColumns, SettlementKind, SettlementLine

COLUMNS = (
    "Transaction ID",
    "Invoice ID",
    "PayPal Reference ID",
    "Transaction Event Code",
    "Transaction Completion Date",
    "Transaction Debit or Credit",
    "Gross Transaction Amount",
    "Gross Transaction Currency",
    "Fee Debit or Credit",
    "Fee Amount",
)
_REFUNDED, _DISPUTED = ("T1107",), ("T1106", "T1201", "T1202", "T1110", "T1111")


def read_paypal(content: bytes, columns: SettlementColumns | None = None) -> list[SettlementLine]:
    """Raises SettlementUnreadable."""
    if columns is not None:
        return read_mapped(content, columns)
    return read_each(_moves(content), _line)


def _moves(content: bytes) -> Iterator[tuple[int, Cells]]:
    header: list[str] = []
    for number, cells in records(content):
        mark = cells[0] if cells else ""
        if mark == "CH":
            header = [name.lower() for name in cells]
            missing = [name for name in COLUMNS if name.lower() not in header]
            if missing:
                raise unreadable(
                    missing[0], "column_missing", f"the line CH names no {missing[0]}", line=number
                )
        elif mark == "SB":
            if not header:
                message = "the line CH names the columns, before the first SB"
                raise unreadable("CH", "column_missing", message, line=number)
            yield number, dict(zip(header, cells, strict=False))
    if not header:
        raise unreadable("CH", "column_missing", "the line CH names the columns")


def _line(number: int, cells: Cells) -> SettlementLine:
    code = cell(cells, "Transaction Event Code", required=True)
    currency = currency_of(cells, "Gross Transaction Currency")
    gross = _signed(cells, "Gross Transaction Amount", "Transaction Debit or Credit", currency)
    fee = -_signed(cells, "Fee Amount", "Fee Debit or Credit", currency)
    reference, invoice = cell(cells, "Transaction ID", required=True), cell(cells, "Invoice ID")
    kind = _kind(code, gross)
    of = cell(cells, "PayPal Reference ID") if kind in ("refund", "dispute") else ""
    return SettlementLine(
        number,
        kind,
        reference,
        tuple(one for one in dict.fromkeys((reference, invoice.partition(":")[0], of)) if one),
        0 if kind == "fee" else gross,
        fee - gross if kind == "fee" else fee,
        currency,
        day_of(cells, "Transaction Completion Date"),
        reference if kind == "payout" else "",
        part=":" in invoice,
    )


def _kind(code: str, gross: int) -> SettlementKind:
    if code.startswith("T00") and gross > 0:
        return "capture"
    if code in _REFUNDED and gross < 0:
        return "refund"
    if code in _DISPUTED:
        return "dispute"
    if code.startswith("T01"):
        return "fee"
    return "payout" if code.startswith("T04") else "other"


def _signed(cells: Cells, amount: str, side: str, currency: str) -> int:
    units, mark = whole_of(cells, amount), cell(cells, side)
    if units and mark not in ("CR", "DR"):
        raise Wrong(side, "sign_wrong", "CR or DR")
    if currency not in PAYPAL_DIGITS:
        raise Wrong("Gross Transaction Currency", "currency_unknown", f"PayPal has no {currency}")
    minor = int(units * 10 ** (DIGITS[currency] - PAYPAL_DIGITS[currency]))
    return -minor if mark == "DR" else minor
