"""What is always true of this service's data. Each query answers a row for each violation.

An inbox keeps an event for 60 days: what is older cannot be compared with it any more.
"""

from __future__ import annotations

from tradewind.services.notification.domain import KINDS, STAFF_KINDS

_TOLD = ", ".join(f"('{kind.name}', '{event}')" for kind in KINDS.values() for event in kind.event_types)
_TO_STAFF = ", ".join(f"'{kind}'" for kind in STAFF_KINDS)
INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "one_event_one_message",
        """
        SELECT inbox.event_id, inbox.type, count(messages.message_id) AS messages
        FROM inbox LEFT JOIN messages USING (event_id)
        WHERE inbox.state = 'done' AND inbox.received_at > now() - interval '50 days' AND inbox.type IN (
            'user.registered', 'user.password_reset_requested', 'order.placed', 'order.payment_failed',
            'order.draft_sent', 'order.return_approved', 'order.edit_proposed', 'order.claim_decided',
            'order.ready_for_collection', 'order.fulfilled', 'order.delivered', 'order.refunded',
            'order.lines_cancelled', 'order.edited')
        GROUP BY inbox.event_id, inbox.type
        HAVING count(messages.message_id) > 1
            OR inbox.type NOT IN ('order.delivered', 'order.edited') AND count(messages.message_id) = 0
        """,
    ),
    (
        "no_message_without_its_event",
        """
        SELECT message_id, kind FROM messages
        WHERE created_at > now() - interval '50 days'
            AND NOT EXISTS (SELECT FROM inbox WHERE inbox.event_id = messages.event_id AND inbox.state = 'done')
        """,
    ),
    (
        "a_message_tells_of_an_event_of_its_kind",
        f"""
        SELECT messages.message_id, messages.kind, inbox.type FROM messages JOIN inbox USING (event_id)
        WHERE inbox.state = 'done' AND (messages.kind, inbox.type) NOT IN (VALUES {_TOLD})
        """,
    ),
    (
        "mail_to_staff_is_of_no_account",
        f"SELECT message_id, kind FROM messages WHERE kind IN ({_TO_STAFF}) AND account_id IS NOT NULL",
    ),
    (
        "nobody_chooses_of_mail_to_staff",
        f"SELECT email, kind FROM preferences WHERE kind IN ({_TO_STAFF})",
    ),
    (
        "what_is_sent_was_tried",
        "SELECT message_id, state, tries FROM messages WHERE state IN ('sent', 'failed') AND tries < 1",
    ),
    (
        "only_what_can_be_done_without_is_suppressed",
        """
        SELECT message_id, kind FROM messages
        WHERE state = 'suppressed' AND kind NOT IN ('welcome', 'order_delivered')
        """,
    ),
    (
        "what_is_due_is_sent",
        "SELECT message_id, next_at FROM messages WHERE state = 'queued' AND next_at < now() - interval '15 minutes'",
    ),
    (
        "the_feed_has_no_gap",
        """
        SELECT feed_head.id AS head, count(feed.id) AS entries, min(feed.id) AS first, max(feed.id) AS last
        FROM feed_head LEFT JOIN feed ON true GROUP BY feed_head.id
        HAVING count(feed.id) > 0
            AND (max(feed.id) <> feed_head.id OR max(feed.id) - min(feed.id) + 1 <> count(feed.id))
        """,
    ),
    (
        "the_feed_tells_every_event_of_an_order_once",
        """
        WITH known AS (
            SELECT coalesce(min(id), (SELECT id + 1 FROM feed_head)) AS first, coalesce(min(at), now()) AS since
            FROM feed
        )
        SELECT inbox.event_id, inbox.type FROM known CROSS JOIN inbox LEFT JOIN feed USING (event_id)
        WHERE inbox.state = 'done' AND feed.id IS NULL AND inbox.type NOT LIKE 'user.%'
            AND inbox.type NOT LIKE 'inventory.%'
            AND (known.first = 1 OR inbox.received_at > known.since + interval '1 day')
        """,
    ),
)
