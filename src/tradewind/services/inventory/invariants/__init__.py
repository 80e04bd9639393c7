"""What is always true of this service's data. Each query answers a row for each violation."""

from __future__ import annotations

from tradewind.services.inventory.invariants.allocation import ALLOCATION
from tradewind.services.inventory.invariants.purchasing import PURCHASING
from tradewind.services.inventory.invariants.warehouse_work import WAREHOUSE_WORK

INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "reserved_is_on_hand",
        "SELECT sku, warehouse, on_hand, reserved FROM stock WHERE reserved < 0 OR reserved > on_hand",
    ),
    (
        "ledger_sums_are_balances",
        """
        WITH ledger AS (
            SELECT sku, warehouse, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved,
                sum(damaged_delta) AS damaged, sum(quality_control_delta) AS quality_control,
                sum(incoming_delta) AS incoming, sum(safety_stock_delta) AS safety_stock
            FROM stock_movements GROUP BY sku, warehouse
        )
        SELECT sku, warehouse, to_jsonb(stock) AS stock, to_jsonb(ledger) AS ledger
        FROM stock FULL JOIN ledger USING (sku, warehouse)
        WHERE (stock.on_hand, stock.reserved, stock.damaged, stock.quality_control, stock.incoming,
                stock.safety_stock)
            IS DISTINCT FROM (coalesce(ledger.on_hand, 0), coalesce(ledger.reserved, 0),
                coalesce(ledger.damaged, 0), coalesce(ledger.quality_control, 0),
                coalesce(ledger.incoming, 0), coalesce(ledger.safety_stock, 0))
        """,
    ),
    (
        "open_allocations_are_reserved",
        """
        WITH held AS (
            SELECT sku, warehouse, sum(quantity - shipped - released) AS open
            FROM allocations GROUP BY sku, warehouse
        )
        SELECT sku, warehouse, stock.reserved, held.open
        FROM stock FULL JOIN held USING (sku, warehouse)
        WHERE stock.reserved IS DISTINCT FROM coalesce(held.open, 0)
        """,
    ),
    (
        "allocations_have_their_reservation",
        """
        SELECT allocations.owner_id FROM allocations LEFT JOIN reservations USING (owner_id)
        WHERE reservations.owner_id IS NULL
        """,
    ),
    (
        "closed_reservations_hold_nothing",
        """
        SELECT owner_id, sku, warehouse FROM reservations JOIN allocations USING (owner_id)
        WHERE state = 'closed' AND quantity > shipped + released
        """,
    ),
    (
        "held_reservations_hold_something",
        """
        SELECT owner_id FROM reservations
        WHERE state = 'held' AND NOT EXISTS (
            SELECT FROM allocations
            WHERE allocations.owner_id = reservations.owner_id AND quantity > shipped + released)
            AND NOT EXISTS (
                SELECT FROM backorders
                WHERE backorders.owner_id = reservations.owner_id AND quantity > allocated + cancelled)
        """,
    ),
    (
        "out_of_stock_holds_nothing",
        "SELECT owner_id FROM reservations JOIN allocations USING (owner_id) WHERE outcome = 'out_of_stock'",
    ),
    (
        "shipped_and_released_were_reserved",
        "SELECT owner_id, sku, warehouse FROM allocations WHERE shipped + released > quantity",
    ),
    (
        "shipments_are_what_allocations_shipped",
        """
        WITH listed AS (
            SELECT owner_id, sku, warehouse, sum(quantity) AS quantity
            FROM shipment_lines GROUP BY owner_id, sku, warehouse
        )
        SELECT owner_id, sku, warehouse, allocations.shipped, listed.quantity
        FROM allocations FULL JOIN listed USING (owner_id, sku, warehouse)
        WHERE allocations.shipped IS DISTINCT FROM coalesce(listed.quantity, 0)
        """,
    ),
    (
        "shipments_are_in_the_ledger",
        """
        WITH ledger AS (
            SELECT reference AS shipment_id, sku, warehouse, -sum(on_hand_delta) AS quantity
            FROM stock_movements WHERE kind = 'ship' GROUP BY reference, sku, warehouse
        ), listed AS (
            SELECT shipment_id::text AS shipment_id, sku, warehouse, quantity FROM shipment_lines
        )
        SELECT shipment_id, sku, warehouse, ledger.quantity, listed.quantity AS listed
        FROM listed FULL JOIN ledger USING (shipment_id, sku, warehouse)
        WHERE listed.quantity IS DISTINCT FROM ledger.quantity
        """,
    ),
    (
        "reservations_are_in_the_ledger",
        """
        WITH ledger AS (
            SELECT reference AS owner_id, sku, warehouse,
                coalesce(sum(reserved_delta) FILTER (WHERE kind = 'reserve'), 0) AS reserved,
                coalesce(-sum(reserved_delta) FILTER (WHERE kind = 'release'), 0) AS released
            FROM stock_movements WHERE kind IN ('reserve', 'release') GROUP BY reference, sku, warehouse
        ), held AS (
            SELECT owner_id::text AS owner_id, sku, warehouse, quantity, released FROM allocations
        )
        SELECT owner_id, sku, warehouse, held.quantity, ledger.reserved
        FROM held FULL JOIN ledger USING (owner_id, sku, warehouse)
        WHERE held.quantity IS DISTINCT FROM ledger.reserved OR held.released IS DISTINCT FROM ledger.released
        """,
    ),
    (
        "receipts_are_in_the_ledger",
        """
        WITH ledger AS (
            SELECT reference, sku, warehouse, sum(on_hand_delta) AS quantity
            FROM stock_movements WHERE kind = 'receive' AND reference NOT IN (
                SELECT number || '/' || reference FROM purchase_receipts JOIN purchase_orders USING (purchase_order_id))
            GROUP BY reference, sku, warehouse
        ), listed AS (
            SELECT reference, line.sku, line.warehouse, sum(line.quantity) AS quantity
            FROM receipts, jsonb_to_recordset(lines) AS line (sku text, warehouse text, quantity bigint)
            GROUP BY reference, line.sku, line.warehouse
        )
        SELECT reference, sku, warehouse, ledger.quantity, listed.quantity AS listed
        FROM listed FULL JOIN ledger USING (reference, sku, warehouse)
        WHERE listed.quantity IS DISTINCT FROM ledger.quantity
        """,
    ),
    (
        "holds_end_in_time",
        "SELECT owner_id FROM reservations WHERE state = 'held' AND expires_at < now() - interval '10 minutes'",
    ),
    *ALLOCATION,
    *PURCHASING,
    *WAREHOUSE_WORK,
)
