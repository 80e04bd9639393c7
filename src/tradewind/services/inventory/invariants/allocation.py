"""What is always true of lots, back-orders, bundles and returns."""

from __future__ import annotations

ALLOCATION: tuple[tuple[str, str], ...] = (
    (
        "nobody_waits_for_what_is_free",
        """
        SELECT backorders.number, backorders.sku, stock.warehouse, stock.available
        FROM backorders
        JOIN stock ON stock.sku = backorders.sku AND stock.available > 0
        JOIN warehouses ON warehouses.code = stock.warehouse AND warehouses.active
        WHERE backorders.quantity > allocated + cancelled
            AND (backorders.pickup IS NULL OR backorders.pickup = stock.warehouse)
            AND NOT EXISTS (
                SELECT FROM lots WHERE lots.sku = stock.sku AND lots.expires_on <= current_date AND on_hand > 0)
        """,
    ),
    (
        "whoever_waits_is_held",
        """
        SELECT number, owner_id FROM backorders JOIN reservations USING (owner_id)
        WHERE state <> 'held' AND quantity > allocated + cancelled
        """,
    ),
    (
        "lots_are_what_lies_there",
        """
        WITH by_lot AS (
            SELECT sku, warehouse, sum(on_hand) AS on_hand, sum(reserved) AS reserved,
                sum(damaged) AS damaged, sum(quality_control) AS quality_control
            FROM lots GROUP BY sku, warehouse
        )
        SELECT sku, warehouse, to_jsonb(stock) AS stock, to_jsonb(by_lot) AS lots
        FROM stock JOIN stock_policies USING (sku) LEFT JOIN by_lot USING (sku, warehouse)
        WHERE tracking <> 'none'
            AND (stock.on_hand, stock.reserved, stock.damaged, stock.quality_control)
                IS DISTINCT FROM (coalesce(by_lot.on_hand, 0), coalesce(by_lot.reserved, 0),
                    coalesce(by_lot.damaged, 0), coalesce(by_lot.quality_control, 0))
        """,
    ),
    (
        "ledger_sums_are_lots",
        """
        WITH ledger AS (
            SELECT sku, warehouse, lot, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved,
                sum(damaged_delta) AS damaged, sum(quality_control_delta) AS quality_control
            FROM stock_movements WHERE lot IS NOT NULL GROUP BY sku, warehouse, lot
        )
        SELECT sku, warehouse, lot, to_jsonb(lots) AS lots, to_jsonb(ledger) AS ledger
        FROM lots FULL JOIN ledger USING (sku, warehouse, lot)
        WHERE (lots.on_hand, lots.reserved, lots.damaged, lots.quality_control)
            IS DISTINCT FROM (coalesce(ledger.on_hand, 0), coalesce(ledger.reserved, 0),
                coalesce(ledger.damaged, 0), coalesce(ledger.quality_control, 0))
        """,
    ),
    (
        "allocated_lots_are_reserved",
        """
        WITH held AS (
            SELECT sku, warehouse, lot, sum(quantity - shipped - released) AS open
            FROM allocation_lots GROUP BY sku, warehouse, lot
        )
        SELECT sku, warehouse, lot, lots.reserved, held.open FROM lots LEFT JOIN held USING (sku, warehouse, lot)
        WHERE lots.reserved IS DISTINCT FROM coalesce(held.open, 0)
        """,
    ),
    (
        "a_serial_is_in_one_place",
        """
        SELECT sku, lot, count(*) FROM lots WHERE serial AND on_hand + damaged + quality_control > 0
        GROUP BY sku, lot HAVING count(*) > 1 OR max(on_hand + damaged + quality_control) > 1
        """,
    ),
    (
        "shipped_lots_are_what_was_shipped",
        """
        WITH by_lot AS (
            SELECT shipment_id, sku, warehouse, sum(quantity) AS quantity
            FROM shipment_lots GROUP BY shipment_id, sku, warehouse
        )
        SELECT shipment_id, sku, warehouse, shipment_lines.quantity, by_lot.quantity AS by_lot
        FROM by_lot LEFT JOIN shipment_lines USING (shipment_id, sku, warehouse)
        WHERE shipment_lines.quantity IS DISTINCT FROM by_lot.quantity
        """,
    ),
    (
        "bundles_are_held_in_their_parts",
        """
        WITH bound AS (
            SELECT owner_id, part.key AS sku, sum(part.value::integer * (quantity - shipped - released)) AS open
            FROM reservation_bundles, jsonb_each_text(parts) AS part GROUP BY owner_id, part.key
        ), held AS (
            SELECT owner_id, sku, sum(open) AS open FROM (
                SELECT owner_id, sku, quantity - shipped - released AS open FROM allocations
                UNION ALL SELECT owner_id, sku, quantity - allocated - cancelled FROM backorders) AS each
            GROUP BY owner_id, sku
        )
        SELECT owner_id, sku, bound.open, held.open AS held FROM bound LEFT JOIN held USING (owner_id, sku)
        WHERE bound.open > coalesce(held.open, 0)
        """,
    ),
    (
        "no_more_came_back_than_was_shipped",
        """
        WITH back AS (SELECT owner_id, sku, sum(quantity) AS quantity FROM return_lines GROUP BY owner_id, sku),
        gone AS (SELECT owner_id, sku, sum(quantity) AS quantity FROM shipment_lines GROUP BY owner_id, sku)
        SELECT owner_id, sku, back.quantity, gone.quantity AS shipped FROM back LEFT JOIN gone USING (owner_id, sku)
        WHERE back.quantity > coalesce(gone.quantity, 0)
        """,
    ),
    (
        "returns_are_in_the_ledger",
        """
        WITH ledger AS (
            SELECT reference, sku, warehouse,
                sum(on_hand_delta + damaged_delta + quality_control_delta) AS quantity
            FROM stock_movements WHERE kind = 'return' GROUP BY reference, sku, warehouse
        ), listed AS (
            SELECT return_id::text AS reference, sku, warehouse, sum(quantity) AS quantity
            FROM return_lines GROUP BY return_id, sku, warehouse
        )
        SELECT reference, sku, warehouse, listed.quantity, ledger.quantity AS ledger
        FROM listed LEFT JOIN ledger USING (reference, sku, warehouse)
        WHERE listed.quantity IS DISTINCT FROM ledger.quantity
        """,
    ),
    (
        "kept_balances_are_what_the_ledger_said",
        """
        SELECT b.sku, b.warehouse, b.at, to_jsonb(b) AS kept, to_jsonb(ledger) AS ledger FROM (
            SELECT DISTINCT ON (sku, warehouse) * FROM stock_balances ORDER BY sku, warehouse, at DESC) AS b
        JOIN LATERAL (
            SELECT sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved, sum(damaged_delta) AS damaged,
                sum(quality_control_delta) AS quality_control, sum(incoming_delta) AS incoming,
                sum(safety_stock_delta) AS safety_stock
            FROM stock_movements AS m
            WHERE m.sku = b.sku AND m.warehouse = b.warehouse AND m.at <= b.at) AS ledger ON true
        WHERE (b.on_hand, b.reserved, b.damaged, b.quality_control, b.incoming, b.safety_stock)
            IS DISTINCT FROM (ledger.on_hand, ledger.reserved, ledger.damaged, ledger.quality_control,
                ledger.incoming, ledger.safety_stock)
        """,
    ),
    (
        # What has just been booked in has time until the job looks at it.
        "expired_lots_are_taken_out_of_sale",
        """
        SELECT sku, warehouse, lot, expires_on, on_hand, reserved FROM lots
        WHERE expires_on <= ((now() - interval '10 minutes') AT TIME ZONE 'UTC')::date AND on_hand > 0
            AND NOT EXISTS (
                SELECT FROM stock_movements AS m
                WHERE m.sku = lots.sku AND m.warehouse = lots.warehouse AND m.lot = lots.lot
                    AND m.at > now() - interval '10 minutes' AND m.kind NOT IN ('reserve', 'release', 'ship'))
        """,
    ),
)
