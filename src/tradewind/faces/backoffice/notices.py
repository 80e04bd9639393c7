"""What was done, said once on the page that follows: a form is answered by a redirect, and this goes with it."""

from __future__ import annotations

from tradewind.faces.kit.languages import mark
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

COOKIE = "__Host-admin-notice"
KEPT_SECONDS = 60
DONE = {
    "order_shipped": mark("The parcel is on its way, and the customer is told."),
    "order_shipping": mark("The card is being charged; the parcel follows as soon as the bank has answered."),
    "order_delivered": mark("The parcel is marked as delivered."),
    "order_cancelled": mark("The order is cancelled. Stock and money go back."),
    "orders_shipped": mark("The selected orders are on their way."),
    "orders_partly_shipped": mark("Some of the selected orders could not be shipped: they are still here."),
    "order_refunded": mark("The money is on its way back to the card."),
    "refund_pending": mark("The refund was asked for; the card processor has not answered yet."),
    "payment_captured": mark("The payment is captured."),
    "note_added": mark("The note is kept with the order."),
    "product_saved": mark("Saved."),
    "product_created": mark("The product is created, as a draft."),
    "product_active": mark("The product is on sale."),
    "product_archived": mark("The product is archived: it is no longer on sale."),
    "products_changed": mark("The selected products are changed."),
    "products_partly_changed": mark("Some of the selected products could not be changed."),
    "category_saved": mark("The category is saved."),
    "review_published": mark("The review is published."),
    "review_refused": mark("The review is refused."),
    "review_answered": mark("Your answer is shown below the review."),
    "stock_adjusted": mark("Stock is adjusted."),
    "stock_received": mark("The delivery is booked in."),
    "discount_saved": mark("The discount code is saved."),
    "roles_changed": mark("The roles are changed; they count from the next request on."),
    "account_closed": mark("The account is closed."),
    "mail_retried": mark("The mail is on its way again."),
    "synonyms_saved": mark("The synonyms are saved and count at once."),
    "synonyms_removed": mark("The synonyms are removed."),
    "rebuild_begun": mark("The index is being built anew; the shop searches the present one until then."),
    "event_replayed": mark("The event was handed over again."),
    "signed_out": mark("You are signed out."),
}


def done(visit: Visit, url: str, notice: str) -> Response:
    """On to `url`, where it is said."""
    assert notice in DONE, f"{notice} has no words"
    visit.set_cookie(COOKIE, notice, seconds=KEPT_SECONDS)
    return visit.see_other(url)


def take_notice(visit: Visit) -> str:
    """The words of the notice that came with this request, to be translated; empty without one."""
    notice = visit.cookies.get(COOKIE, "")
    if notice:
        visit.forget_cookie(COOKIE)
    return DONE.get(notice, "")
