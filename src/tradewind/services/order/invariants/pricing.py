"""Of promotions, their uses, and what they took off orders."""

from __future__ import annotations

PRICING: tuple[tuple[str, str], ...] = (
    (
        "a promotion's uses are its orders', never above its limits",
        """
        SELECT p.promotion_id FROM promotions p
        WHERE p.uses <> (SELECT count(*) FROM promotion_uses u WHERE u.promotion_id = p.promotion_id)
           OR p.uses > p.most_uses
        """,
    ),
    (
        "a code's uses are its orders', never above its limit",
        """
        SELECT c.code FROM promotion_codes c
        WHERE c.uses <> (SELECT count(*) FROM promotion_uses u WHERE u.code = c.code) OR c.uses > c.most_uses
        """,
    ),
    (
        "a customer's uses of a promotion are those of the customer's orders",
        """
        SELECT k.promotion_id, k.customer FROM promotion_customers k
        WHERE k.uses <> (
            SELECT count(*) FROM promotion_uses u
            WHERE u.promotion_id = k.promotion_id AND k.customer = ANY (u.customers))
        """,
    ),
    (
        "an order that ended unsold uses no promotion, any other uses those that it shows",
        """
        SELECT p.order_id FROM order_promotions p JOIN orders o USING (order_id)
        LEFT JOIN promotion_uses u ON u.order_id = p.order_id AND u.promotion_id = p.promotion_id
        WHERE p.promotion_id IS NOT NULL
          AND (u.order_id IS NOT NULL) <> (o.state NOT IN ('cancelled', 'expired'))
        UNION ALL
        SELECT u.order_id FROM promotion_uses u
        WHERE NOT EXISTS (
            SELECT 1 FROM order_promotions p WHERE p.order_id = u.order_id AND p.promotion_id = u.promotion_id)
        """,
    ),
    (
        "what promotions took off an order is what is off it, by line and in all",
        """
        SELECT o.order_id FROM orders o
        JOIN (
            SELECT order_id, sum(discount_minor) AS goods, sum(shipping_discount_minor) AS shipping
            FROM order_promotions GROUP BY order_id) p USING (order_id)
        WHERE p.goods <> o.discount_minor OR p.shipping <> o.shipping_discount_minor
        UNION ALL
        SELECT p.order_id FROM order_promotions p
        WHERE p.discount_minor <> (SELECT coalesce(sum(share), 0) FROM unnest(p.line_discounts) AS share)
        """,
    ),
)
