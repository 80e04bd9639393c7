"""Which processors a payment is tried at: see store.attempts.begin_attempt, which asks them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from tradewind.ports.database import Connection, Row, Transaction
from tradewind.services.payment.shapes.methods import Rule, RuleBody

_COLUMNS = """
    id AS rule_id, position, processors, country, currency, method, from_minor, to_minor, active
"""


def _rule(row: Row) -> Rule:
    return msgspec.convert(dict(row), Rule)


async def all_rules(db: Connection) -> list[Rule]:
    """As they are asked."""
    return [
        _rule(row) for row in await db.fetch(f"SELECT {_COLUMNS} FROM payment_rules ORDER BY position, id")
    ]


async def put(tx: Transaction, rule_id: UUID, rule: RuleBody, now: datetime, *, new: bool) -> Rule | None:
    """None where it is to be changed and there is none."""
    values = (
        rule_id,
        rule.position,
        rule.processors,
        rule.country,
        rule.currency,
        rule.method,
        rule.from_minor,
        rule.to_minor,
        rule.active,
        now,
    )
    if new:
        row = await tx.row(
            f"""
            INSERT INTO payment_rules (id, position, processors, country, currency, method, from_minor, to_minor,
                active, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) RETURNING {_COLUMNS}
            """,
            *values,
        )
    else:
        row = await tx.row(
            f"""
            UPDATE payment_rules SET position = $2, processors = $3, country = $4, currency = $5, method = $6,
                from_minor = $7, to_minor = $8, active = $9, updated_at = $10
            WHERE id = $1 RETURNING {_COLUMNS}
            """,
            *values,
        )
    return None if row is None else _rule(row)


async def remove(tx: Transaction, rule_id: UUID) -> bool:
    return bool(await tx.execute("DELETE FROM payment_rules WHERE id = $1", rule_id))
