"""Writes to operations, with the amounts they reserve on their payment and post to the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from tradewind.ports.database import Connection, Row, UniqueViolation
from tradewind.services.payment.domain import (
    Operation,
    OperationMove,
    postings,
)
from tradewind.services.payment.references import (
    OperationKey,
    PaymentKey,
)


@dataclass(frozen=True)
class _Amounts:
    """The columns of `payments` that an operation of a kind counts in."""

    in_flight: str
    done: str
    limit: str
    guard: str
    taken: str  # of a payment, of which $4 is asked for: of one that is captured once, all
    begun: str  # what that was, as it is known once it is counted


_AMOUNTS = {
    "capture": _Amounts(
        "capturing_minor",
        "captured_minor",
        "least(authorised_minor - let_go_minor, CASE method WHEN 'bank_transfer' THEN received_minor END)",
        "AND void_requested_at IS NULL AND NOT (captures_once AND capturing_minor > 0)",
        """CASE WHEN captures_once AND captured_minor = 0 AND ($9::int IS NULL OR $10::uuid IS NOT NULL)
            THEN authorised_minor - let_go_minor ELSE $4::bigint END""",
        "CASE WHEN captures_once THEN capturing_minor ELSE $4::bigint END",
    ),
    "refund": _Amounts(
        "refunding_minor",
        "refunded_minor",
        "captured_minor",
        "AND refunded_minor + refunding_minor + disputed_minor + $4 <= captured_minor",
        "$4::bigint",
        "$4::bigint",
    ),
}
_JOINED = {
    "payment_id": "payments.id",
    "currency": "payments.currency",
    "processor_id": "attempts.processor_id",
    "method": "payments.method",
    "processor": "attempts.processor",
}
OPERATION_COLUMNS = ", ".join(
    f"{_JOINED.get(field.name, 'operations.' + field.name)} AS {field.name}" for field in fields(Operation)
)


def operation_of(row: Row) -> Operation:
    return Operation(**{field.name: row[field.name] for field in fields(Operation)})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A capture or a refund that is about to be asked for. Without `number` it is of the order's only payment."""

    key: OperationKey
    order_id: UUID
    amount_minor: int
    currency: str
    reason: str = ""
    number: int | None = None
    spread_id: UUID | None = None
    asked_minor: int | None = None  # 0: all of it is taken ahead of what will be asked for

    @property
    def wanted_minor(self) -> int:
        return self.amount_minor if self.asked_minor is None else self.asked_minor


def _begin_sql(amounts: _Amounts) -> str:
    return f"""
    WITH payment AS (
        UPDATE payments SET {amounts.in_flight} = {amounts.in_flight} + {amounts.taken}, updated_at = $5
        WHERE order_id = $1 AND state = 'authorised' AND currency = $6 {amounts.guard}
            AND {amounts.done} + {amounts.in_flight} + $4 <= {amounts.limit}
            AND CASE WHEN $9::int IS NULL
                THEN NOT EXISTS (SELECT FROM payments other WHERE other.order_id = $1
                    AND other.number <> payments.number AND other.attempt > 0)
                ELSE number = $9 END
            AND NOT EXISTS (SELECT FROM operations WHERE operations.order_id = $1
                AND operations.number = payments.number AND operations.state = 'unknown')
            AND NOT EXISTS (SELECT FROM operations WHERE id = $2 AND kind = $3)
        RETURNING id, order_id, number, attempt, method, {amounts.begun} AS amount_minor
    ), begun AS (
        INSERT INTO operations (id, kind, order_id, number, attempt, state, amount_minor, reason, sent_at,
                                due_at, leased_until, created_at, spread_id, asked_minor)
        SELECT $2, $3, order_id, number, attempt, 'processing', amount_minor, $7, $5, $8, $8, $5, $10,
            nullif($11::bigint, amount_minor)
        FROM payment RETURNING id
    )
    SELECT payment.id, payment.number, payment.method, payment.amount_minor, payment.attempt,
        attempts.processor_id, attempts.processor
    FROM begun, payment JOIN attempts USING (order_id, number, attempt)
    """


# Of a refund of what is paid on delivery: what the carrier has not brought yet, as far as it goes.
_UNCOLLECTED = """
    SELECT least(moved.amount_minor, captured_minor - received_minor - uncollected_minor) AS amount_minor
    FROM payments JOIN moved USING (order_id, number) FOR UPDATE OF payments
"""
_ALL_COLLECTED = "SELECT 0 AS amount_minor"
_BEGIN = {kind: _begin_sql(amounts) for kind, amounts in _AMOUNTS.items()}


async def begin_move(
    tx: Connection, wanted: Wanted, *, leased_until: datetime, now: datetime
) -> Operation | None:
    """Reserve the amount of a capture or a refund and write the intent, with this caller as its driver.

    None where the guard does not let it pass: the operation exists, the payment is in another state, an
    earlier operation's outcome is unknown, the amount is above what is left (of a refund: and is not disputed),
    or several payments share it. Of a
    processor that captures once, an order's first capture takes all: what is above it counts in later ones.
    """
    key = wanted.key
    try:
        row = await tx.row(
            _BEGIN[key.kind],
            wanted.order_id,
            key.id,
            key.kind,
            wanted.amount_minor,
            now,
            wanted.currency,
            wanted.reason,
            leased_until,
            wanted.number,
            wanted.spread_id,
            wanted.wanted_minor,
        )
    except UniqueViolation as violation:
        if violation.constraint != "operations_pkey":
            raise
        return None
    if row is None:
        return None
    return Operation(
        id=key.id,
        kind=key.kind,
        order_id=wanted.order_id,
        number=row["number"],
        payment_id=row["id"],
        attempt=row["attempt"],
        state="processing",
        amount_minor=row["amount_minor"],
        asked_minor=wanted.wanted_minor,
        currency=wanted.currency,
        processor_id=row["processor_id"],
        failure_code=None,
        failure_message=None,
        declined=False,
        tries=1,
        method=row["method"],
        processor=row["processor"],
        spread_id=wanted.spread_id,
    )


async def begin_void(tx: Connection, payment: PaymentKey, new_id: UUID, now: datetime) -> OperationKey | None:
    """Write the intent to void what a cancelled payment holds, due at once and not sent yet.

    None where there is nothing to void, something was captured, or a void is under way: that is looked for, for
    who ends one has it locked and will lock the payment.
    """
    try:
        begun = await tx.value(
            """
            WITH payment AS (
                UPDATE payments SET updated_at = $3
                WHERE order_id = $1 AND number = $4 AND state IN ('authorised', 'action_required')
                    AND void_requested_at IS NOT NULL AND captured_minor = 0 AND capturing_minor = 0
                    AND NOT EXISTS (SELECT FROM operations WHERE operations.order_id = $1
                        AND operations.number = $4 AND kind = 'void' AND due_at IS NOT NULL)
                RETURNING order_id, number, attempt
            )
            INSERT INTO operations (id, kind, order_id, number, attempt, state, amount_minor, reason, tries,
                                    due_at, created_at)
            SELECT $2, 'void', attempts.order_id, attempts.number, attempts.attempt, 'pending',
                attempts.amount_minor, '', 0, $3, $3
            FROM payment JOIN attempts USING (order_id, number, attempt)
            RETURNING id
            """,
            payment.order_id,
            new_id,
            now,
            payment.number,
        )
    except UniqueViolation as violation:
        if violation.constraint != "one_open_void":
            raise
        return None
    return None if begun is None else OperationKey("void", new_id)


async def claim_operation(
    tx: Connection, key: OperationKey, leased_until: datetime, now: datetime
) -> Operation | None:
    """Have an operation with an open outcome to oneself until then; None if it is done, or another has it."""
    row = await tx.row(
        f"""
        UPDATE operations SET leased_until = $3, due_at = $3, tries = operations.tries + 1
        FROM payments, attempts
        WHERE operations.id = $1 AND operations.kind = $2 AND operations.due_at IS NOT NULL
            AND operations.leased_until <= $4
            AND payments.order_id = operations.order_id AND payments.number = operations.number
            AND attempts.order_id = operations.order_id AND attempts.number = operations.number
            AND attempts.attempt = operations.attempt
        RETURNING {OPERATION_COLUMNS}
        """,
        key.id,
        key.kind,
        leased_until,
        now,
    )
    return None if row is None else operation_of(row)


async def mark_operation_sent(tx: Connection, operation: Operation, now: datetime) -> str | None:
    """Before it is sent (again); answers the state it is then in, None if it has moved on."""
    state: str | None = await tx.value(
        """
        WITH sent AS (
            UPDATE operations
            SET sent_at = $4, state = CASE state WHEN 'pending' THEN 'processing' ELSE state END
            WHERE id = $1 AND kind = $2 AND state = $3
            RETURNING state
        ), written AS (
            INSERT INTO history (reference, from_state, to_state, at)
            SELECT $5, $3, state, $4 FROM sent WHERE state <> $3
        )
        SELECT state FROM sent
        """,
        operation.id,
        operation.kind,
        operation.state,
        now,
        operation.reference,
    )
    return state


async def leave_operation_open(
    tx: Connection, operation: Operation, move: OperationMove, due_at: datetime, now: datetime
) -> None:
    """Its driver did not learn the outcome: ask again at `due_at`. The amount stays in flight."""
    await tx.execute(
        """
        WITH moved AS (
            UPDATE operations
            SET state = $4, due_at = $5, leased_until = '-infinity',
                sent_at = CASE WHEN $4 <> 'pending' THEN sent_at END
            WHERE id = $1 AND kind = $2 AND state = $3 AND tries = $9
            RETURNING state
        )
        INSERT INTO history (reference, from_state, to_state, detail, at)
        SELECT $6, $3, $4, $7, $8 FROM moved WHERE $3 <> $4
        """,
        operation.id,
        operation.kind,
        operation.state,
        move.to or operation.state,
        due_at,
        operation.reference,
        move.detail[:200],
        now,
        operation.tries,
    )


async def settle_move(tx: Connection, operation: Operation, move: OperationMove, now: datetime) -> bool:
    """The outcome of a capture or a refund, with amounts, history and posting, in one statement.

    False if it is in another state by now.
    """
    amounts, succeeded = _AMOUNTS[operation.kind], move.to == "succeeded"
    posted = postings(operation.kind, operation.method) if succeeded else ()
    by_carrier = succeeded and operation.kind == "refund" and operation.method == "cash_on_delivery"
    uncollected = _UNCOLLECTED if by_carrier else _ALL_COLLECTED
    settled = await tx.value(
        f"""
        WITH moved AS (
            UPDATE operations
            SET state = $4, processor_id = $5, failure_code = $6, failure_message = $7, declined = $8,
                due_at = NULL, leased_until = '-infinity', settled_at = $9
            WHERE id = $1 AND kind = $2 AND state = $3
            RETURNING order_id, number, amount_minor
        ), written AS (
            INSERT INTO history (reference, from_state, to_state, detail, at)
            SELECT $10, $3, $4, $11, $9 FROM moved
        ), uncollected AS ({uncollected}), payment AS (
            UPDATE payments
            SET {amounts.in_flight} = {amounts.in_flight} - moved.amount_minor,
                uncollected_minor = uncollected_minor + (SELECT amount_minor FROM uncollected),
                {amounts.done} = {amounts.done} + CASE WHEN $12 THEN moved.amount_minor ELSE 0 END,
                closing_due_at = CASE WHEN void_requested_at IS NOT NULL THEN $9 END,
                updated_at = $9
            FROM moved WHERE payments.order_id = moved.order_id AND payments.number = moved.number
            RETURNING payments.order_id, payments.currency
        ), posted AS (
            INSERT INTO ledger_entries (reference, account, order_id, currency, amount_minor, at, processor)
            SELECT $10, entry.account, payment.order_id, payment.currency, entry.sign * share.amount_minor, $9,
                CASE entry.account WHEN 'cash_at_processor' THEN $15 ELSE '' END
            FROM payment, moved, uncollected, unnest($13::text[], $14::int[]) AS entry (account, sign), LATERAL (
                SELECT CASE WHEN NOT $16 OR account = 'refunds' THEN moved.amount_minor
                    WHEN account = 'cash_on_delivery' THEN uncollected.amount_minor
                    ELSE moved.amount_minor - uncollected.amount_minor END) AS share (amount_minor)
            WHERE share.amount_minor <> 0
        )
        SELECT true FROM payment
        """,
        operation.id,
        operation.kind,
        operation.state,
        move.to,
        move.processor_id,
        move.failure_code,
        (move.failure_message or "")[:500] if move.failure_code else None,
        move.declined,
        now,
        operation.reference,
        move.detail[:200],
        succeeded,
        [account for account, _ in posted],
        [sign for _, sign in posted],
        operation.processor,
        by_carrier,
    )
    return bool(settled)


async def settle_void(tx: Connection, operation: Operation, move: OperationMove, now: datetime) -> bool:
    """The outcome of a void. The attempt that it ends is moved apart from this: see store.attempts."""
    settled = await tx.execute(
        """
        WITH moved AS (
            UPDATE operations
            SET state = $3, processor_id = $4, failure_code = $5, failure_message = $6, declined = $7,
                due_at = NULL, leased_until = '-infinity', settled_at = $8
            WHERE id = $1 AND kind = 'void' AND state = $2
            RETURNING id
        )
        INSERT INTO history (reference, from_state, to_state, detail, at)
        SELECT $9, $2, $3, $10, $8 FROM moved
        """,
        operation.id,
        operation.state,
        move.to,
        move.processor_id,
        move.failure_code,
        (move.failure_message or "")[:500] if move.failure_code else None,
        move.declined,
        now,
        operation.reference,
        move.detail[:200],
    )
    return settled == 1


async def make_operations_due(
    tx: Connection, keys: Sequence[OperationKey], now: datetime
) -> list[OperationKey]:
    """Ask about these now, where their outcome is open; answers which those are."""
    rows = await tx.fetch(
        """
        UPDATE operations SET due_at = $3
        FROM unnest($1::uuid[], $2::text[]) AS named (id, kind)
        WHERE operations.id = named.id AND operations.kind = named.kind AND due_at IS NOT NULL
        RETURNING operations.id, operations.kind
        """,
        [key.id for key in keys],
        [key.kind for key in keys],
        now,
    )
    return [OperationKey(row["kind"], row["id"]) for row in rows]
