"""What is always true of this service's data. Each query answers a row for each violation. That the store equals
what the database makes of it anew is asked of the process that holds it: verify/analytics.py."""

from __future__ import annotations

INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "every_batch_is_readable",
        "SELECT batch_id, refused FROM staged_events WHERE refused IS NOT NULL",
    ),
    (
        "imports_count_their_lines",
        """
        SELECT import_id, lines, chunks.line_count FROM history_imports LEFT JOIN (
            SELECT import_id, sum(line_count) AS line_count FROM history_chunks GROUP BY import_id
        ) AS chunks USING (import_id)
        WHERE lines <> coalesce(chunks.line_count, 0)
        """,
    ),
    (
        "imports_name_what_they_rejected",
        """
        SELECT import_id, rejected, named FROM history_imports LEFT JOIN (
            SELECT import_id, count(*) AS named FROM history_problems GROUP BY import_id
        ) AS problems USING (import_id)
        WHERE rejected <> coalesce(named, 0)
        """,
    ),
    (
        "chunks_follow_one_another",
        """
        SELECT import_id, count(*) AS chunks, max(number) AS last FROM history_chunks
        GROUP BY import_id HAVING count(*) <> max(number) + 1
        """,
    ),
    (
        "refunds_are_within_their_order",
        """
        WITH told AS (
            SELECT subject_id, sum((data->>'amount_minor')::bigint) AS refunded_minor
            FROM (SELECT DISTINCT subject_id, data FROM business_events WHERE type = 'order.refunded') AS refunds
            GROUP BY subject_id
        )
        SELECT subject_id, refunded_minor, max((data->>'total_minor')::bigint) AS total_minor
        FROM told JOIN business_events USING (subject_id)
        WHERE type IN ('order.placed', 'order.edited')
        GROUP BY subject_id, refunded_minor HAVING refunded_minor > max((data->>'total_minor')::bigint)
        """,
    ),
)
