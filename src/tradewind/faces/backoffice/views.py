"""Every page of the back office, and what its forms are sent to: its table of contents."""

from __future__ import annotations

from tradewind.faces.backoffice.pages import home, order, orders, session
from tradewind.faces.kit.visit import View

ORDER = "/admin/orders/{order_id}"

VIEWS: tuple[View, ...] = (
    View("GET", "/admin/sign-in", session.show_sign_in),
    View("POST", "/admin/sign-in", session.sign_in),
    View("POST", "/admin/sign-out", session.sign_out),
    View("GET", "/admin", home.show_home, staff=True),
    View("GET", "/admin/orders", orders.show_orders, "orders:read", staff=True),
    View("POST", "/admin/orders/ship", orders.ship_orders, "orders:fulfil", staff=True),
    View("GET", ORDER, order.show_order, "orders:read", staff=True),
    View("GET", f"{ORDER}/fulfil", order.show_fulfil, "orders:fulfil", staff=True),
    View("POST", f"{ORDER}/fulfil", order.fulfil_order, "orders:fulfil", staff=True),
    View(
        "POST",
        f"{ORDER}/fulfilments/{{fulfilment_id}}/deliver",
        order.deliver_fulfilment,
        "orders:fulfil",
        staff=True,
    ),
    View("GET", f"{ORDER}/refund", order.show_refund, "payments:write", staff=True),
    View("POST", f"{ORDER}/refund", order.refund_order, "payments:write", staff=True),
    View("GET", f"{ORDER}/cancel", order.show_cancel, "orders:write", staff=True),
    View("POST", f"{ORDER}/cancel", order.cancel_order, "orders:write", staff=True),
    View("POST", f"{ORDER}/capture", order.capture_payment, "payments:write", staff=True),
    View("POST", f"{ORDER}/notes", order.add_note, "orders:write", staff=True),
)
