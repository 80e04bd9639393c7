"""What is always true of settlement files and webhooks. See invariants.py."""

from __future__ import annotations

SETTLEMENT_INVARIANTS = (
    (
        "a settlement file has the lines that it says, and an exception for each that did not fit",
        """
        SELECT settlements.id, lines, count(line), count(exception.id) FROM settlements
            LEFT JOIN settlement_lines ON settlement_lines.settlement_id = settlements.id
            LEFT JOIN settlement_exceptions AS exception USING (settlement_id, line)
        GROUP BY settlements.id
        HAVING count(line) <> lines OR count(*) FILTER (WHERE settlement_lines.state = 'exception')
            <> count(exception.id)
        """,
    ),
    (
        "an operation is matched to what it is, at the most",
        """
        SELECT operation_kind, operation_id, operations.amount_minor, sum(abs(settlement_lines.amount_minor))
        FROM settlement_lines LEFT JOIN operations ON operations.id = operation_id
            AND operations.kind = operation_kind
        WHERE settlement_lines.state = 'matched' AND operation_id IS NOT NULL
        GROUP BY operation_kind, operation_id, operations.amount_minor
        HAVING sum(abs(settlement_lines.amount_minor)) > coalesce(max(operations.amount_minor), 0)
        """,
    ),
    (
        "fees and payouts of settlement files are posted, once and to the cent",
        """
        SELECT settlement_id, line, settlement_lines.kind, posted.amount_minor FROM settlement_lines
            LEFT JOIN ledger_entries AS posted ON account = 'cash_at_processor'
                AND posted.reference = 'settlement-' || settlement_id || '-' || line
        WHERE settlement_lines.kind <> 'dispute'
            AND coalesce(posted.amount_minor, 0) <> CASE WHEN settlement_lines.state <> 'matched' THEN 0
                WHEN settlement_lines.kind IN ('fee', 'payout') THEN settlement_lines.amount_minor - fee_minor
                ELSE -fee_minor END
        """,
    ),
    (
        "differences are posted by a person's decision alone, and are what the processor says beyond ours",
        """
        SELECT coalesce(decided.id::text, posted.reference), posted.amount_minor FROM (
            SELECT id, expected_minor - amount_minor AS amount_minor, currency FROM settlement_exceptions
            WHERE resolution = 'difference_posted' AND currency = expected_currency
            UNION ALL SELECT id, -amount_minor, currency FROM settlement_exceptions
            WHERE resolution = 'difference_posted' AND currency <> expected_currency
            UNION ALL SELECT id, expected_minor, expected_currency FROM settlement_exceptions
            WHERE resolution = 'difference_posted' AND currency <> expected_currency) AS decided
        FULL JOIN (SELECT reference, amount_minor, currency FROM ledger_entries
            WHERE account = 'settlement_differences') AS posted
            ON posted.reference = 'exception-' || decided.id || '-' || decided.currency
        WHERE coalesce(decided.amount_minor, 0) <> coalesce(posted.amount_minor, 0)
        """,
    ),
)
