"""What is always true of this service's data. Each query answers a row for each violation."""

from __future__ import annotations

INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "changes_are_numbered_once",
        """
        SELECT change, count(*) FROM documents WHERE change > 0 GROUP BY change HAVING count(*) > 1
        UNION ALL
        SELECT change, 1 FROM documents, progress WHERE change > last_change
        """,
    ),
    (
        "what_is_listed_was_told",
        """
        SELECT product_id, version, change FROM documents
        WHERE listed AND (version < 1 OR change < 1 OR length(product) = 0)
        """,
    ),
    (
        "marks_are_followed_up",
        "SELECT product_id, since FROM stale WHERE since < now() - interval '10 minutes'",
    ),
    (
        "clicks_are_of_one_position",
        "SELECT search_id, product_id FROM clicks WHERE position < 1",
    ),
)
