"""What other rows say of a row `o` of orders, as SQL: what lists and an order's page have in common."""

from __future__ import annotations

# Of a row `o` of orders: placed, to be paid by a bank transfer, and its history does not say that enough of it came,
# or that it is not waited for any more; what it says of a difference that was to be transferred later is no matter.
# Enough, where no more is to come than was authorised in vain: what was cancelled, or edited away. Counted, not NOT
# EXISTS, which may be planned as a look at every order's history.
AWAITS_TRANSFER = """
    CASE WHEN o.payment_method = 'bank_transfer' AND o.total_minor > 0
        AND o.state IN ('placed', 'partially_fulfilled')
    THEN 0 = (SELECT count(*) FROM order_history h WHERE h.order_id = o.order_id
            AND coalesce(h.details ->> 'number', '1') = '1' AND (h.details @> ANY (ARRAY[
            '{"type": "payment.money_received", "complete": true}',
            '{"type": "payment.lapsed", "method": "bank_transfer"}']::jsonb[])
        OR h.details @> '{"type": "payment.money_received"}'
            AND (h.details #>> '{awaited,amount_minor}')::bigint <= o.spare_minor)) ELSE false END
"""
# Of a row `o` of orders: all of it left, and every parcel was delivered.
ARRIVED = """
    CASE WHEN o.state IN ('fulfilled', 'partially_returned', 'returned')
    THEN (SELECT coalesce(bool_and(f.state = 'delivered'), false) FROM fulfilments f
        WHERE f.order_id = o.order_id AND f.state NOT IN ('failed', 'cancelled')) ELSE false END
"""
# Of a row `o` of orders: what its claims have sent free of charge.
REPLACEMENTS = """
    coalesce((SELECT jsonb_agg(jsonb_build_object(
            'claim_id', c.claim_id, 'number', o.number || '-C' || c.number, 'lines', c.replacement,
            'sent', c.state = 'settled', 'carrier', c.carrier, 'tracking_number', c.tracking_number)
            ORDER BY c.number)
        FROM order_claims c WHERE c.order_id = o.order_id AND c.outcome = 'replacement'
            AND c.state IN ('accepted', 'reserved', 'shipping', 'settled')), '[]')
"""
