"""Every page of the back office, and what its forms are sent to: its table of contents."""

from __future__ import annotations

from tradewind.faces.backoffice.pages import (
    categories,
    home,
    order,
    orders,
    product,
    products,
    reviews,
    session,
    stock,
)
from tradewind.faces.kit.visit import View

ORDER = "/admin/orders/{order_id}"
REVIEW = "/admin/reviews/{review_id}"
PRODUCT = "/admin/products/{product_id}"

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
    View("GET", "/admin/products", products.show_products, "products:read", staff=True),
    View("POST", "/admin/products/change", products.change_products, "products:write", staff=True),
    View("GET", "/admin/products/new", product.show_new_product, "products:write", staff=True),
    View("POST", "/admin/products/new", product.create_product, "products:write", staff=True),
    View("GET", PRODUCT, product.show_product, "products:read", staff=True),
    View("POST", PRODUCT, product.save_product, "products:write", staff=True),
    View("POST", f"{PRODUCT}/activate", product.activate_product, "products:write", staff=True),
    View("POST", f"{PRODUCT}/archive", product.archive_product, "products:write", staff=True),
    View("GET", "/admin/categories", categories.show_categories, "products:write", staff=True),
    View("POST", "/admin/categories", categories.create_category, "products:write", staff=True),
    View("POST", "/admin/categories/{category_id}", categories.save_category, "products:write", staff=True),
    View("GET", "/admin/reviews", reviews.show_reviews, "reviews:write", staff=True),
    View("POST", f"{REVIEW}/publish", reviews.publish_review, "reviews:write", staff=True),
    View("POST", f"{REVIEW}/refuse", reviews.refuse_review, "reviews:write", staff=True),
    View("POST", f"{REVIEW}/answer", reviews.answer_review, "reviews:write", staff=True),
    View("GET", "/admin/stock", stock.show_stock, "inventory:read", staff=True),
    View("GET", "/admin/stock/item", stock.show_item, "inventory:read", staff=True),
    View("POST", "/admin/stock/adjust", stock.adjust_stock, "inventory:write", staff=True),
    View("GET", "/admin/stock/receive", stock.show_receipt, "inventory:write", staff=True),
    View("POST", "/admin/stock/receive", stock.receive_stock, "inventory:write", staff=True),
)
