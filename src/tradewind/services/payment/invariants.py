"""What is always true of payments. Each query answers one row for each violation: see `tradewind verify`."""

from __future__ import annotations

from tradewind.services.payment.domain import (
    ATTEMPT_TRANSITIONS,
    OPERATION_TRANSITIONS,
    Transitions,
)
from tradewind.services.payment.invariants_disputes import DISPUTE_INVARIANTS
from tradewind.services.payment.invariants_settlements import SETTLEMENT_INVARIANTS

STUCK_AFTER_MINUTES = 10
LONGEST_CHALLENGE_MINUTES = 60

_ATTEMPT_REFERENCE = (
    "'authorise-' || order_id || '-' || CASE number WHEN 1 THEN '' ELSE 'p' || number || '-' END || attempt"
)
_OPERATION_REFERENCE = "kind || '-' || id"


def _moves(transitions: Transitions) -> str:
    """The transition table as rows of SQL."""
    return ", ".join(f"('{old}', '{new}')" for old, targets in transitions.items() for new in sorted(targets))


def _history_is_a_path(table: str, reference: str, transitions: Transitions) -> str:
    """Starts in an initial state, goes along the table's moves without a gap, ends in the state of now."""
    return f"""
        WITH subject AS (SELECT {reference} AS reference, state FROM {table}), step AS (
            SELECT history.reference, from_state, to_state, subject.state,
                lag(to_state) OVER seen AS came_from, lead(from_state) OVER seen AS went_from
            FROM history JOIN subject USING (reference)
            WINDOW seen AS (PARTITION BY history.reference ORDER BY history.id))
        SELECT reference, from_state, to_state, 'no such move' AS wrong FROM step
        WHERE (from_state, to_state) NOT IN (VALUES {_moves(transitions)})
        UNION ALL
        SELECT reference, from_state, to_state, 'a gap' FROM step
        WHERE coalesce(came_from, from_state) <> from_state
            OR (came_from IS NULL AND from_state NOT IN ('pending', 'processing'))
        UNION ALL
        SELECT reference, to_state, state, 'ends elsewhere' FROM step WHERE went_from IS NULL AND to_state <> state
        UNION ALL
        SELECT reference, NULL, state, 'no history' FROM subject
        WHERE state NOT IN ('pending', 'processing')
            AND NOT EXISTS (SELECT FROM history WHERE history.reference = subject.reference)
    """


INVARIANTS = (
    (
        "captured is at most authorised, refunded at most captured",
        """
        SELECT order_id, authorised_minor, captured_minor, refunded_minor FROM payments
        WHERE captured_minor + capturing_minor + let_go_minor > authorised_minor
            OR refunded_minor + refunding_minor > captured_minor
        """,
    ),
    (
        "a payment has one attempt at most that was not declined",
        """
        SELECT order_id, number, count(*) FROM attempts WHERE state <> 'declined'
        GROUP BY order_id, number HAVING count(*) > 1
        """,
    ),
    (
        "a payment says what its latest attempt is",
        """
        SELECT payments.order_id, payments.state, attempts.state AS attempt_state
        FROM payments LEFT JOIN attempts USING (order_id, number, attempt)
        WHERE payments.state <> CASE coalesce(attempts.state, 'abandoned')
                WHEN 'pending' THEN 'processing'
                WHEN 'unknown' THEN 'processing'
                WHEN 'abandoned' THEN 'voided'
                ELSE attempts.state
            END
            OR (attempts.order_id IS NULL) <> (payments.attempt = 0)
            OR (payments.state = 'authorised' AND authorised_minor <> attempts.amount_minor)
        """,
    ),
    (
        "the latest attempt is the one with the highest number",
        """
        SELECT order_id, payments.attempt, max(attempts.attempt)
        FROM payments JOIN attempts USING (order_id, number)
        GROUP BY order_id, number HAVING max(attempts.attempt) <> payments.attempt
        """,
    ),
    (
        "a payment's amounts are the sums of its operations",
        """
        SELECT order_id, capturing_minor, captured_minor, refunding_minor, refunded_minor
        FROM payments LEFT JOIN (
            SELECT order_id, number,
                sum(amount_minor) FILTER (WHERE kind = 'capture' AND due_at IS NOT NULL) AS capturing,
                sum(amount_minor) FILTER (WHERE kind = 'capture' AND state = 'succeeded') AS captured,
                sum(amount_minor) FILTER (WHERE kind = 'refund' AND due_at IS NOT NULL) AS refunding,
                sum(amount_minor) FILTER (WHERE kind = 'refund' AND state = 'succeeded') AS refunded
            FROM operations GROUP BY order_id, number) AS summed USING (order_id, number)
        WHERE (capturing_minor, captured_minor, refunding_minor, refunded_minor) <>
            (coalesce(capturing, 0), coalesce(captured, 0), coalesce(refunding, 0), coalesce(refunded, 0))
        """,
    ),
    (
        "what an operation posts sums to zero",
        """
        SELECT reference, currency, sum(amount_minor) FROM ledger_entries
        GROUP BY reference, currency HAVING sum(amount_minor) <> 0 OR count(*) < 2
        """,
    ),
    (
        "the ledger as a whole sums to zero",
        "SELECT currency, sum(amount_minor) FROM ledger_entries GROUP BY currency HAVING sum(amount_minor) <> 0",
    ),
    (
        "captures and refunds that succeeded are posted with their amount, and nothing else is",
        f"""
        SELECT reference, operations.amount_minor, entry.amount_minor AS posted_minor
        FROM (SELECT {_OPERATION_REFERENCE} AS reference, order_id, amount_minor
            FROM operations WHERE state = 'succeeded' AND kind <> 'void' AND NOT (kind = 'capture'
                AND (order_id, number) IN (SELECT order_id, number FROM payments
                    WHERE method = 'bank_transfer'))) AS operations
        FULL JOIN (SELECT reference, order_id, sum(amount_minor) AS amount_minor FROM ledger_entries
            WHERE amount_minor > 0 AND (reference LIKE 'capture-%' OR reference LIKE 'refund-%')
            GROUP BY reference, order_id) AS entry USING (reference)
        WHERE operations.amount_minor IS DISTINCT FROM entry.amount_minor
            OR operations.order_id IS DISTINCT FROM entry.order_id
        """,
    ),
    (
        "a gift card's balance and what is held of it are the sums of its moves",
        """
        SELECT gift_cards.id, balance_minor, held_minor, moved.balance, moved.held FROM gift_cards LEFT JOIN (
            SELECT gift_card_id,
                sum(CASE WHEN kind IN ('issue', 'release', 'refund') THEN amount_minor
                    WHEN kind = 'hold' THEN -amount_minor ELSE 0 END) AS balance,
                sum(CASE WHEN kind = 'hold' THEN amount_minor
                    WHEN kind IN ('release', 'redeem') THEN -amount_minor ELSE 0 END) AS held
            FROM gift_card_moves GROUP BY gift_card_id) AS moved ON moved.gift_card_id = gift_cards.id
        WHERE balance_minor IS DISTINCT FROM moved.balance OR held_minor IS DISTINCT FROM moved.held
        """,
    ),
    (
        "gift cards owe what the ledger says",
        """
        SELECT currency, owed, posted FROM (
            SELECT currency, sum(balance_minor + held_minor) AS owed FROM gift_cards GROUP BY currency) AS cards
        FULL JOIN (SELECT currency, -sum(amount_minor) AS posted FROM ledger_entries
            WHERE account = 'gift_cards' GROUP BY currency) AS ledger USING (currency)
        WHERE coalesce(owed, 0) <> coalesce(posted, 0)
        """,
    ),
    (
        "what gift cards hold is what their payments have open",
        """
        SELECT gift_card_id, sum(authorised_minor - captured_minor - let_go_minor), max(held_minor)
        FROM payments JOIN attempts USING (order_id, number, attempt)
            JOIN gift_cards ON gift_cards.id = gift_card_id
        WHERE payments.state = 'authorised'
        GROUP BY gift_card_id HAVING sum(authorised_minor - captured_minor - let_go_minor) <> max(held_minor)
        """,
    ),
    (
        "what was received is what was recorded",
        """
        SELECT order_id, number, received_minor, recorded FROM payments FULL JOIN (
            SELECT order_id, number, sum(amount_minor) AS recorded FROM receipts GROUP BY order_id, number)
            AS receipts USING (order_id, number)
        WHERE coalesce(received_minor, 0) <> coalesce(recorded, 0)
        """,
    ),
    (
        "what was received is posted with its amount, and nothing else is",
        """
        SELECT coalesce(came.reference, posted.reference), came.amount_minor, posted.amount_minor FROM (
            SELECT 'receipt-' || id AS reference, order_id, currency, amount_minor FROM receipts) AS came
        FULL JOIN (SELECT reference, order_id, currency, amount_minor FROM ledger_entries
            WHERE reference LIKE 'receipt-%' AND account = 'cash_in_bank') AS posted USING (reference)
        WHERE (came.order_id, came.currency, came.amount_minor)
            IS DISTINCT FROM (posted.order_id, posted.currency, posted.amount_minor)
        """,
    ),
    (
        "of a transfer that has ended, what was not captured is returned",
        """
        SELECT order_id, owed, coalesce(returned, 0) AS returned FROM (
            SELECT order_id, sum(received_minor - captured_minor - capturing_minor) AS owed FROM payments
            WHERE method = 'bank_transfer' AND received_minor > captured_minor + capturing_minor
                AND (state = 'voided' OR let_go_minor > 0
                    OR (void_requested_at IS NOT NULL AND closing_due_at IS NULL))
            GROUP BY order_id) AS ended
        FULL JOIN (SELECT order_id, -sum(amount_minor) AS returned FROM ledger_entries
            WHERE account = 'cash_in_bank' AND (reference LIKE 'void-%' OR reference LIKE 'let-go-%')
            GROUP BY order_id) AS given USING (order_id)
        WHERE coalesce(owed, 0) <> coalesce(returned, 0)
        """,
    ),
    (
        "carriers owe what they were to collect and have not brought",
        """
        SELECT currency, owed, posted FROM (
            SELECT currency, sum(captured_minor - uncollected_minor - received_minor) AS owed
            FROM payments WHERE method = 'cash_on_delivery' GROUP BY currency) AS carriers
        FULL JOIN (SELECT currency, sum(amount_minor) AS posted FROM ledger_entries
            WHERE account = 'cash_on_delivery' GROUP BY currency) AS ledger USING (currency)
        WHERE coalesce(owed, 0) <> coalesce(posted, 0)
        """,
    ),
    (
        "a spread's parts and its credit are its amount, and have come to its end",
        """
        SELECT spreads.id, spreads.kind, spreads.state FROM spreads
            LEFT JOIN operations ON operations.spread_id = spreads.id AND operations.kind = spreads.kind
        GROUP BY spreads.id, spreads.kind
        HAVING coalesce(sum(coalesce(operations.asked_minor, operations.amount_minor)), 0) + credit_minor
                <> spreads.amount_minor
            OR (spreads.state = 'succeeded' AND bool_or(operations.state <> 'succeeded'))
            OR (spreads.state = 'failed' AND bool_or(operations.due_at IS NOT NULL))
        """,
    ),
    (
        "an attempt's history is a path of its states",
        _history_is_a_path("attempts", _ATTEMPT_REFERENCE, ATTEMPT_TRANSITIONS),
    ),
    (
        "an operation's history is a path of its states",
        _history_is_a_path("operations", _OPERATION_REFERENCE, OPERATION_TRANSITIONS),
    ),
    (
        "every history is of something",
        f"""
        SELECT DISTINCT reference FROM history
        WHERE reference NOT IN (SELECT {_ATTEMPT_REFERENCE} FROM attempts
            UNION ALL SELECT {_OPERATION_REFERENCE} FROM operations)
        """,
    ),
    (
        "no card token is kept once the outcome is known",
        """
        SELECT order_id, attempt, state FROM attempts
        WHERE sealed_token IS NOT NULL AND state NOT IN ('pending', 'processing', 'unknown')
        """,
    ),
    (
        f"no attempt is open after {STUCK_AFTER_MINUTES} minutes, or a challenge after its time",
        f"""
        SELECT order_id, attempt, state, created_at FROM attempts
        WHERE (state IN ('pending', 'processing', 'unknown')
                AND created_at < now() - interval '{STUCK_AFTER_MINUTES} minutes')
            OR (state = 'action_required'
                AND created_at < now() - interval '{LONGEST_CHALLENGE_MINUTES} minutes')
        """,
    ),
    (
        f"no operation is open after {STUCK_AFTER_MINUTES} minutes",
        f"""
        SELECT kind, id, state, created_at FROM operations
        WHERE due_at IS NOT NULL AND created_at < now() - interval '{STUCK_AFTER_MINUTES} minutes'
        """,
    ),
    (
        f"a cancelled payment holds nothing after {STUCK_AFTER_MINUTES} minutes",
        f"""
        SELECT order_id, status, captured_minor, refunded_minor, void_requested_at FROM payments
        WHERE void_requested_at < now() - interval '{STUCK_AFTER_MINUTES} minutes'
            AND (closing_due_at IS NOT NULL OR captured_minor > refunded_minor + disputed_minor
                OR (captured_minor = 0 AND state NOT IN ('declined', 'voided')))
        """,
    ),
    (
        f"no webhook is left unread after {STUCK_AFTER_MINUTES} minutes",
        f"""
        SELECT processor, webhook_id, received_at FROM webhooks
        WHERE state = 'received' AND received_at < now() - interval '{STUCK_AFTER_MINUTES} minutes'
        """,
    ),
    *DISPUTE_INVARIANTS,
    *SETTLEMENT_INVARIANTS,
)
