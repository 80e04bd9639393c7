"""What staff read of settlement files: files, lines, exceptions, payouts."""

from __future__ import annotations

import csv
import io
from uuid import UUID

import msgspec

from tradewind.contracts.common import Money, Page
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row
from tradewind.services.payment.shapes.settlements import (
    ExceptionsQuery,
    LinesQuery,
    PayoutRow,
    Payouts,
    PayoutsQuery,
    SettlementException,
    SettlementLineShown,
    SettlementShown,
    SettlementsQuery,
)

MOST_PAYOUTS = 1000
_SETTLEMENT = """
    settlements.id AS settlement_id, processor, format, file_name, lines, counted.matched, counted.repeated,
    counted.exceptions, counted.open_exceptions, first_day, last_day, uploaded_by, uploaded_at
"""
_COUNTED = """
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE settlement_lines.state = 'matched') AS matched,
            count(*) FILTER (WHERE settlement_lines.state = 'repeated') AS repeated,
            count(*) FILTER (WHERE settlement_lines.state = 'exception') AS exceptions,
            count(*) FILTER (WHERE settlement_exceptions.state = 'open') AS open_exceptions
        FROM settlement_lines LEFT JOIN settlement_exceptions USING (settlement_id, line)
        WHERE settlement_id = settlements.id) AS counted
"""
_EXCEPTION = """
    id, processor, problem, settlement_id, line, kind, reference, operation_id, order_id, amount_minor, fee_minor,
    currency, expected_minor, expected_currency, state, resolution, note, resolved_by, resolved_at, created_at
"""


async def settlement_shown(db: Connection, settlement_id: UUID) -> SettlementShown | None:
    row = await db.row(
        f"SELECT {_SETTLEMENT} FROM settlements {_COUNTED} WHERE settlements.id = $1", settlement_id
    )
    return None if row is None else msgspec.convert(dict(row), SettlementShown)


async def list_settlements(db: Connection, query: SettlementsQuery) -> Page[SettlementShown]:
    before = decode_cursor(query.cursor, tuple[UUID])[0] if query.cursor else None
    rows = await db.fetch(
        f"""
        SELECT {_SETTLEMENT} FROM settlements {_COUNTED}
        WHERE ($1::text IS NULL OR processor = $1) AND ($2::uuid IS NULL OR settlements.id < $2)
        ORDER BY settlements.id DESC LIMIT $3
        """,
        query.processor,
        before,
        query.limit + 1,
    )
    page = rows[: query.limit]
    following = encode_cursor(page[-1]["settlement_id"]) if len(rows) > query.limit else None
    return Page([msgspec.convert(dict(row), SettlementShown) for row in page], following)


async def list_lines(db: Connection, settlement_id: UUID, query: LinesQuery) -> Page[SettlementLineShown]:
    after = decode_cursor(query.cursor, tuple[int])[0] if query.cursor else 0
    rows = await db.fetch(
        """
        SELECT line, kind, reference, amount_minor, fee_minor, currency, settled_on, payout, state, operation_id,
            dispute_id
        FROM settlement_lines WHERE settlement_id = $1 AND line > $2::bigint
            AND ($3::text IS NULL OR state = $3)
        ORDER BY line LIMIT $4
        """,
        settlement_id,
        after,
        query.state,
        query.limit + 1,
    )
    page = rows[: query.limit]
    following = encode_cursor(page[-1]["line"]) if len(rows) > query.limit else None
    return Page([_line(row) for row in page], following)


async def exception_shown(db: Connection, exception_id: UUID) -> SettlementException | None:
    row = await db.row(f"SELECT {_EXCEPTION} FROM settlement_exceptions WHERE id = $1", exception_id)
    return None if row is None else _exception(row)


async def list_exceptions(db: Connection, query: ExceptionsQuery) -> Page[SettlementException]:
    before = decode_cursor(query.cursor, tuple[UUID])[0] if query.cursor else None
    rows = await db.fetch(
        f"""
        SELECT {_EXCEPTION} FROM settlement_exceptions
        WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR problem = $2)
            AND ($3::text IS NULL OR processor = $3) AND ($4::uuid IS NULL OR settlement_id = $4)
            AND ($5::uuid IS NULL OR id < $5)
        ORDER BY id DESC LIMIT $6
        """,
        query.state,
        query.problem,
        query.processor,
        query.settlement_id,
        before,
        query.limit + 1,
    )
    page = rows[: query.limit]
    following = encode_cursor(page[-1]["id"]) if len(rows) > query.limit else None
    return Page([_exception(row) for row in page], following)


async def payouts(db: Connection, query: PayoutsQuery) -> Payouts:
    rows = await db.fetch(
        """
        WITH summed AS (
            SELECT processor, payout, currency, min(settled_on) AS first_day, max(settled_on) AS last_day,
                coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture'), 0)::bigint AS gross_minor,
                sum(fee_minor)::bigint AS fees_minor,
                coalesce(-sum(amount_minor) FILTER (WHERE kind = 'refund'), 0)::bigint AS refunds_minor,
                coalesce(-sum(amount_minor) FILTER (WHERE kind = 'dispute'), 0)::bigint AS disputes_minor,
                coalesce(sum(amount_minor) FILTER (WHERE kind = 'other'), 0)::bigint AS other_minor,
                coalesce(-sum(amount_minor) FILTER (WHERE kind = 'payout'), 0)::bigint AS paid_out_minor,
                count(*) AS lines, count(*) FILTER (WHERE state = 'matched') AS matched_lines
            FROM settlement_lines
            WHERE state <> 'repeated' AND ($1::text IS NULL OR processor = $1)
                AND ($2::date IS NULL OR settled_on >= $2) AND ($3::date IS NULL OR settled_on <= $3)
            GROUP BY processor, payout, currency)
        SELECT summed.*, gross_minor - fees_minor - refunds_minor - disputes_minor + other_minor AS net_minor,
            round(100.0 * matched_lines / lines, 1)::float8 AS matched_percent
        FROM summed ORDER BY last_day DESC, processor, payout, currency LIMIT $4
        """,
        query.processor,
        query.from_day,
        query.to_day,
        MOST_PAYOUTS,
    )
    return Payouts([msgspec.convert(dict(row), PayoutRow) for row in rows])


def payouts_csv(report: Payouts) -> bytes:
    """A payout's name is its processor's: one that a spreadsheet would take for a formula begins with an
    apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(PayoutRow.__struct_fields__)
    for row in report.items:
        name = f"'{row.payout}" if row.payout.startswith(("=", "+", "-", "@", "\t", "\r")) else row.payout
        writer.writerow(msgspec.structs.astuple(msgspec.structs.replace(row, payout=name)))
    return text.getvalue().encode()


def _line(row: Row) -> SettlementLineShown:
    currency = row["currency"]
    return SettlementLineShown(
        row["line"],
        row["kind"],
        row["reference"],
        Money(row["amount_minor"], currency),
        Money(row["fee_minor"], currency),
        row["settled_on"],
        row["payout"],
        row["state"],
        row["operation_id"],
        row["dispute_id"],
    )


def _exception(row: Row) -> SettlementException:
    currency = row["currency"]
    return SettlementException(
        row["id"],
        row["processor"],
        row["problem"],
        row["settlement_id"],
        row["line"],
        row["kind"],
        row["reference"],
        row["operation_id"],
        row["order_id"],
        Money(row["amount_minor"], currency),
        Money(row["fee_minor"], currency),
        Money(row["expected_minor"], row["expected_currency"]),
        row["state"],
        row["resolution"],
        row["note"],
        row["resolved_by"],
        row["resolved_at"],
        row["created_at"],
    )
