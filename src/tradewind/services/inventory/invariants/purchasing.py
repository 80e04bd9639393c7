"""What is always true of purchase orders, their deliveries and what is on its way."""

from __future__ import annotations

PURCHASING: tuple[tuple[str, str], ...] = (
    (
        "incoming_is_what_is_expected",
        """
        WITH expected AS (
            SELECT sku, warehouse, sum(greatest(quantity - received - damaged, 0)) AS pieces
            FROM purchase_order_lines JOIN purchase_orders USING (purchase_order_id)
            WHERE state IN ('placed', 'partly_received') GROUP BY sku, warehouse
            UNION ALL
            SELECT sku, destination, sum(quantity - received - damaged - missing)
            FROM transfer_lines JOIN transfers USING (transfer_id)
            WHERE state IN ('sent', 'partly_received') GROUP BY sku, destination
        ), summed AS (
            SELECT sku, warehouse, sum(pieces) AS pieces FROM expected GROUP BY sku, warehouse
        )
        SELECT sku, warehouse, stock.incoming, summed.pieces FROM stock FULL JOIN summed USING (sku, warehouse)
        WHERE stock.incoming IS DISTINCT FROM coalesce(summed.pieces, 0)
        """,
    ),
    (
        "purchase_lines_are_the_sums_of_their_receipts",
        """
        SELECT purchase_order_id, sku FROM purchase_order_lines AS line
        LEFT JOIN (
            SELECT purchase_order_id, sku, sum(received) AS received, sum(damaged) AS damaged, sum(refused) AS refused
            FROM purchase_receipt_lines GROUP BY purchase_order_id, sku) AS came USING (purchase_order_id, sku)
        WHERE (line.received, line.damaged, line.refused)
            <> (coalesce(came.received, 0), coalesce(came.damaged, 0), coalesce(came.refused, 0))
        """,
    ),
    (
        "purchase_states_fit_their_lines",
        """
        SELECT purchase_order_id, state FROM purchase_orders
        JOIN (
            SELECT purchase_order_id, bool_and(received + damaged >= quantity) AS complete,
                bool_or(received + damaged + refused > 0) AS begun
            FROM purchase_order_lines GROUP BY purchase_order_id) AS lines USING (purchase_order_id)
        WHERE CASE state
            WHEN 'received' THEN NOT complete
            WHEN 'partly_received' THEN complete OR NOT begun
            WHEN 'closed' THEN NOT begun
            ELSE begun
        END
        """,
    ),
    (
        "purchase_receipts_are_in_the_ledger",
        """
        WITH came AS (
            SELECT number || '/' || reference AS reference, sku, received, damaged
            FROM purchase_receipt_lines JOIN purchase_orders USING (purchase_order_id)
            WHERE received + damaged > 0
        )
        SELECT reference, sku FROM came LEFT JOIN stock_movements AS moved USING (reference, sku)
        WHERE moved.kind IS NULL OR moved.kind = 'receive'
        GROUP BY reference, sku, received, damaged
        HAVING (received, damaged)
            IS DISTINCT FROM (coalesce(sum(on_hand_delta), 0), coalesce(sum(damaged_delta), 0))
        """,
    ),
    (
        "costs_are_shared_out_whole",
        """
        SELECT purchase_order_id, reference, receipt.costs_minor FROM purchase_receipts AS receipt
        JOIN purchase_receipt_lines AS line USING (purchase_order_id, reference)
        GROUP BY purchase_order_id, reference, receipt.costs_minor
        HAVING receipt.costs_minor <> sum(line.costs_minor)
        """,
    ),
    (
        "documents_follow_their_table_of_moves",
        """
        SELECT purchase_order_id AS document_id, state FROM purchase_orders WHERE state IS DISTINCT FROM
            (SELECT to_state FROM document_history WHERE document_id = purchase_order_id
             ORDER BY sequence DESC LIMIT 1)
        UNION ALL
        SELECT transfer_id, state FROM transfers WHERE state IS DISTINCT FROM
            (SELECT to_state FROM document_history WHERE document_id = transfer_id ORDER BY sequence DESC LIMIT 1)
        UNION ALL
        SELECT count_id, state FROM cycle_counts WHERE state IS DISTINCT FROM
            (SELECT to_state FROM document_history WHERE document_id = count_id ORDER BY sequence DESC LIMIT 1)
        UNION ALL
        SELECT pick_list_id, state FROM pick_lists WHERE state IS DISTINCT FROM
            (SELECT to_state FROM document_history WHERE document_id = pick_list_id
             ORDER BY sequence DESC LIMIT 1)
        """,
    ),
)
