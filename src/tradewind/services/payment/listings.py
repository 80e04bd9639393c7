"""What staff read: payments, one payment with all that happened to it, the ledger and its balances."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.contracts.common import Money, Page
from tradewind.kernel.paging import decode_cursor, encode_cursor
from tradewind.ports.database import Connection, Row
from tradewind.services.payment.references import (
    OperationKey,
    authorisation_reference,
    move_reference,
)
from tradewind.services.payment.shapes.payments import (
    AttemptShown,
    Balance,
    Balances,
    LedgerEntry,
    LedgerQuery,
    OperationShown,
    PaymentListed,
    PaymentShown,
    PaymentsQuery,
    StateChange,
)
from tradewind.services.payment.store.receipts import AWAITED

_LISTED = f"""
    payments.id, payments.order_id, payments.status, payments.currency, payments.authorised_minor,
    payments.captured_minor, payments.refunded_minor, attempts.network, attempts.last4,
    payments.closing_due_at IS NOT NULL AS closing, payments.created_at, payments.updated_at, payments.number,
    payments.method, attempts.processor, payments.customer_id, payments.received_minor, payments.let_go_minor,
    payments.expires_at, payments.delivered_at, {AWAITED} AS awaited_minor
"""
_OPERATION = """
    operations.id, operations.kind, operations.state, operations.amount_minor, operations.reason,
    operations.failure_code, operations.failure_message, operations.created_at, operations.settled_at
"""
_ATTEMPT = (
    "attempt, state, amount_minor, currency, network, last4, decline_code, created_at, settled_at, processor"
)
_LEDGER = "id, at, account, amount_minor, currency, reference, order_id, processor"


async def list_payments(db: Connection, query: PaymentsQuery) -> Page[PaymentListed]:
    """Newest first: a payment's id sorts by when it was begun."""
    before = decode_cursor(query.cursor, tuple[UUID])[0] if query.cursor else None
    rows = await db.fetch(
        f"""
        SELECT {_LISTED} FROM payments JOIN attempts USING (order_id, number, attempt)
        WHERE ($1::uuid IS NULL OR payments.order_id = $1)
            AND ($2::text IS NULL OR payments.status = $2)
            AND ($3::uuid IS NULL OR payments.id < $3)
            AND ($5::uuid IS NULL OR payments.customer_id = $5) AND ($6::text IS NULL OR attempts.processor = $6)
            AND ($7::text IS NULL OR payments.method = $7)
            AND ($8::bool IS NULL OR $8 = (coalesce({AWAITED}, 0) > 0
                AND (payments.method = 'bank_transfer' OR delivered_at IS NOT NULL)))
        ORDER BY payments.id DESC LIMIT $4
        """,
        query.order_id,
        query.status,
        before,
        query.limit + 1,
        query.customer_id,
        query.processor,
        query.method,
        query.awaited,
    )
    shown = rows[: query.limit]
    following = encode_cursor(shown[-1]["id"]) if len(rows) > query.limit else None
    return Page([_listed(row) for row in shown], following)


async def payment_listed(db: Connection, payment_id: UUID) -> PaymentListed | None:
    row = await db.row(
        f"SELECT {_LISTED} FROM payments JOIN attempts USING (order_id, number, attempt) WHERE payments.id = $1",
        payment_id,
    )
    return None if row is None else _listed(row)


async def payment_shown(db: Connection, payment_id: UUID) -> PaymentShown | None:
    payment = await db.row(
        f"""
        SELECT {_LISTED}, payments.void_requested_at, payments.void_reason, payments.state,
            payments.capturing_minor, payments.refunding_minor, payments.disputed_minor
        FROM payments JOIN attempts USING (order_id, number, attempt) WHERE payments.id = $1
        """,
        payment_id,
    )
    if payment is None:
        return None
    currency, open_ = payment["currency"], payment["state"] == "authorised"
    most = payment["authorised_minor"] - payment["let_go_minor"]
    if payment["method"] == "bank_transfer":
        most = min(most, payment["received_minor"])
    capturable = max(0, most - payment["captured_minor"] - payment["capturing_minor"])
    given_back = payment["refunded_minor"] + payment["refunding_minor"]
    refundable = max(0, payment["captured_minor"] - given_back - payment["disputed_minor"])
    attempts, operations, ledger = await _parts(db, payment["order_id"], payment["number"])
    references = [
        authorisation_reference(payment["order_id"], row["attempt"], payment["number"]) for row in attempts
    ]
    references += [move_reference(row["kind"], row["id"]) for row in operations]
    return PaymentShown(
        payment=_listed(payment),
        void_requested_at=payment["void_requested_at"],
        void_reason=payment["void_reason"],
        capturable=Money(capturable if open_ and not payment["void_requested_at"] else 0, currency),
        refundable=Money(refundable, currency),
        attempts=[_attempt(row) for row in attempts],
        operations=[_operation(row, currency) for row in operations],
        ledger=[_entry(row) for row in ledger],
        history=await _history(db, references),
        disputed=Money(payment["disputed_minor"], currency),
    )


async def operation_shown(db: Connection, key: OperationKey) -> OperationShown | None:
    row = await db.row(
        f"""
        SELECT {_OPERATION}, payments.currency FROM operations JOIN payments USING (order_id, number)
        WHERE operations.id = $1 AND operations.kind = $2
        """,
        key.id,
        key.kind,
    )
    return None if row is None else _operation(row, row["currency"])


async def list_ledger(db: Connection, query: LedgerQuery) -> Page[LedgerEntry]:
    at, id_ = decode_cursor(query.cursor, tuple[datetime, int]) if query.cursor else (None, None)
    rows = await db.fetch(
        f"""
        SELECT {_LEDGER} FROM ledger_entries
        WHERE ($1::text IS NULL OR account = $1) AND ($2::text IS NULL OR currency = $2)
            AND ($3::timestamptz IS NULL OR at >= $3)
            AND ($4::timestamptz IS NULL OR (at, id) < ($4, $5::bigint))
            AND ($7::text IS NULL OR processor = $7) AND ($8::uuid IS NULL OR order_id = $8)
        ORDER BY at DESC, id DESC LIMIT $6
        """,
        query.account,
        query.currency,
        query.since,
        at,
        id_,
        query.limit + 1,
        query.processor,
        query.order_id,
    )
    shown = rows[: query.limit]
    following = encode_cursor(shown[-1]["at"], shown[-1]["id"]) if len(rows) > query.limit else None
    return Page([_entry(row) for row in shown], following)


async def ledger_balances(db: Connection) -> Balances:
    rows = await db.fetch(
        """
        SELECT account, processor, currency, sum(amount_minor)::bigint AS balance_minor
        FROM ledger_entries GROUP BY account, processor, currency ORDER BY account, processor, currency
        """
    )
    return Balances(
        [
            Balance(row["account"], Money(row["balance_minor"], row["currency"]), row["processor"])
            for row in rows
        ]
    )


async def _parts(
    db: Connection, order_id: UUID, number: int
) -> tuple[Sequence[Row], Sequence[Row], Sequence[Row]]:
    attempts = await db.fetch(
        f"SELECT {_ATTEMPT} FROM attempts WHERE order_id = $1 AND number = $2 ORDER BY attempt",
        order_id,
        number,
    )
    operations = await db.fetch(
        f"SELECT {_OPERATION} FROM operations WHERE order_id = $1 AND number = $2 ORDER BY created_at, id",
        order_id,
        number,
    )
    ledger = await db.fetch(f"SELECT {_LEDGER} FROM ledger_entries WHERE order_id = $1 ORDER BY id", order_id)
    return attempts, operations, ledger


async def _history(db: Connection, references: list[str]) -> list[StateChange]:
    rows = await db.fetch(
        """
        SELECT reference, from_state, to_state, detail, at FROM history
        WHERE reference = ANY ($1::text[]) ORDER BY id
        """,
        references,
    )
    return [msgspec.convert(dict(row), StateChange) for row in rows]


def _listed(row: Row) -> PaymentListed:
    currency = row["currency"]
    return PaymentListed(
        payment_id=row["id"],
        order_id=row["order_id"],
        status=row["status"],
        authorised=Money(row["authorised_minor"], currency),
        captured=Money(row["captured_minor"], currency),
        refunded=Money(row["refunded_minor"], currency),
        network=row["network"],
        last4=row["last4"],
        closing=row["closing"],
        number=row["number"],
        method=row["method"],
        processor=row["processor"],
        customer_id=row["customer_id"],
        received=Money(row["received_minor"], currency),
        let_go=Money(row["let_go_minor"], currency),
        awaited=None if row["awaited_minor"] is None else Money(row["awaited_minor"], currency),
        expires_at=row["expires_at"],
        delivered_at=row["delivered_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _attempt(row: Row) -> AttemptShown:
    return AttemptShown(
        attempt=row["attempt"],
        state=row["state"],
        amount=Money(row["amount_minor"], row["currency"]),
        network=row["network"],
        last4=row["last4"],
        decline_code=row["decline_code"],
        created_at=row["created_at"],
        settled_at=row["settled_at"],
        processor=row["processor"],
    )


def _operation(row: Row, currency: str) -> OperationShown:
    return OperationShown(
        operation_id=row["id"],
        kind=row["kind"],
        state=row["state"],
        amount=Money(row["amount_minor"], currency),
        reason=row["reason"],
        failure_code=row["failure_code"],
        failure_message=row["failure_message"],
        created_at=row["created_at"],
        settled_at=row["settled_at"],
    )


def _entry(row: Row) -> LedgerEntry:
    return LedgerEntry(
        entry_id=row["id"],
        at=row["at"],
        account=row["account"],
        amount=Money(row["amount_minor"], row["currency"]),
        reference=row["reference"],
        order_id=row["order_id"],
        processor=row["processor"],
    )
