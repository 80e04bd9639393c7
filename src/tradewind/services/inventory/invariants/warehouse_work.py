"""What is always true of bins, transfers, counts and pick lists."""

from __future__ import annotations

WAREHOUSE_WORK: tuple[tuple[str, str], ...] = (
    (
        "bins_hold_no_more_than_is_on_hand",
        """
        SELECT warehouse, sku, on_hand, sum(quantity) AS in_bins
        FROM bin_stock JOIN stock USING (sku, warehouse) GROUP BY warehouse, sku, on_hand
        HAVING sum(quantity) > on_hand
        """,
    ),
    (
        "bins_are_the_sums_of_their_movements",
        """
        WITH moved AS (
            SELECT warehouse, sku, bin, sum(delta) AS quantity FROM bin_movements GROUP BY warehouse, sku, bin
        )
        SELECT warehouse, sku, bin, bin_stock.quantity, moved.quantity AS moved
        FROM bin_stock FULL JOIN moved USING (warehouse, sku, bin)
        WHERE bin_stock.quantity IS DISTINCT FROM moved.quantity
        """,
    ),
    (
        "transfer_lines_are_the_sums_of_their_receipts",
        """
        WITH came AS (
            SELECT transfer_id, line.sku, coalesce(line.lot, '') AS lot, sum(coalesce(received, 0)) AS received,
                sum(coalesce(damaged, 0)) AS damaged, sum(coalesce(missing, 0)) AS missing
            FROM transfer_receipts, jsonb_to_recordset(lines)
                AS line (sku text, lot text, received integer, damaged integer, missing integer)
            GROUP BY transfer_id, line.sku, line.lot
        )
        SELECT transfer_id, sku FROM transfer_lines AS line LEFT JOIN came USING (transfer_id, sku, lot)
        WHERE (line.received, line.damaged, line.missing)
            <> (coalesce(came.received, 0), coalesce(came.damaged, 0), coalesce(came.missing, 0))
        """,
    ),
    (
        "what_transfers_sent_left_their_source",
        """
        WITH sent AS (
            SELECT number, source, sku, sum(quantity) AS quantity
            FROM transfer_lines JOIN transfers USING (transfer_id)
            WHERE sent_at IS NOT NULL GROUP BY number, source, sku
        )
        SELECT number, sent.sku FROM sent LEFT JOIN stock_movements AS moved
            ON moved.reference = number AND moved.sku = sent.sku AND moved.warehouse = source
            AND moved.kind = 'transfer_out'
        GROUP BY number, sent.sku, sent.quantity
        HAVING sent.quantity <> -coalesce(sum(moved.on_hand_delta), 0)
        """,
    ),
    (
        "what_came_of_transfers_is_in_the_ledger",
        """
        WITH came AS (
            SELECT number || '/' || reference AS reference, destination AS warehouse, line.sku,
                coalesce(line.lot, '') AS lot, sum(coalesce(received, 0)) AS received,
                sum(coalesce(damaged, 0)) AS damaged
            FROM transfer_receipts JOIN transfers USING (transfer_id), jsonb_to_recordset(lines)
                AS line (sku text, lot text, received integer, damaged integer)
            GROUP BY number, reference, destination, line.sku, line.lot
            HAVING sum(coalesce(received, 0) + coalesce(damaged, 0)) > 0
            UNION ALL
            SELECT number, source, sku, lot, quantity, 0 FROM transfer_lines JOIN transfers USING (transfer_id)
            WHERE state = 'cancelled' AND sent_at IS NOT NULL
        ), moved AS (
            SELECT reference, warehouse, sku, coalesce(lot, '') AS lot, sum(on_hand_delta) AS received,
                sum(damaged_delta) AS damaged
            FROM stock_movements WHERE kind = 'transfer_in' GROUP BY reference, warehouse, sku, lot
        )
        SELECT reference, warehouse, sku, lot, to_jsonb(came) AS came, to_jsonb(moved) AS moved
        FROM came FULL JOIN moved USING (reference, warehouse, sku, lot)
        WHERE (came.received, came.damaged) IS DISTINCT FROM (moved.received, moved.damaged)
        """,
    ),
    (
        "approved_counts_are_in_the_ledger",
        """
        SELECT number, line.sku, line.lot, line.difference FROM cycle_count_lines AS line
        JOIN cycle_counts USING (count_id)
        LEFT JOIN stock_movements AS moved
            ON moved.reference = number AND moved.sku = line.sku AND moved.warehouse = cycle_counts.warehouse
            AND moved.kind = 'count' AND coalesce(moved.lot, '') = line.lot
        WHERE cycle_counts.state = 'approved'
        GROUP BY number, line.sku, line.lot, line.difference
        HAVING coalesce(line.difference, 0) <> coalesce(sum(moved.on_hand_delta), 0)
        """,
    ),
    (
        "put_away_is_done_when_all_is_placed",
        "SELECT task_id FROM put_away_tasks WHERE (state = 'done') <> (placed = quantity) AND state <> 'cancelled'",
    ),
    (
        "packed_lists_are_picked_or_short",
        """
        SELECT pick_list_id, position FROM pick_lines JOIN pick_lists USING (pick_list_id)
        WHERE state IN ('picked', 'packed') AND picked + short <> quantity
        """,
    ),
    (
        "adjustments_are_applied_by_another",
        """
        SELECT adjustment_id FROM adjustment_requests
        WHERE state = 'applied' AND decided_by = asked_by AND decision <> 'below the limit'
        """,
    ),
)
