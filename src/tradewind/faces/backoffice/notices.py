"""What was done, said once on the page that follows: a form is answered by a redirect, and this goes with it."""

from __future__ import annotations

from tradewind.faces.backoffice.warehouse_words import DONE as WAREHOUSE_DONE
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit
from tradewind.kernel.http import Response

COOKIE = "__Host-admin-notice"
KEPT_SECONDS = 60
DONE = {
    "order_shipped": marked("The parcel is on its way, and the customer is told."),
    "order_shipping": marked(
        "The card is being charged; the parcel follows as soon as the bank has answered."
    ),
    "order_handed_over": marked("It is handed over, and the customer is told."),
    "parcel_ready": marked("It is ready to be collected, and the customer is told."),
    "order_delivered": marked("The parcel is marked as delivered."),
    "order_cancelled": marked("The order is cancelled. Stock and money go back."),
    "order_held": marked("The order is held: nothing of it is packed or shipped."),
    "order_released": marked("The order goes on."),
    "parcel_asked_for": marked("The parcel is asked for: pack it, then send it."),
    "parcel_packed": marked("The parcel is packed."),
    "parcel_cancelled": marked("The parcel is cancelled: its pieces are open again."),
    "tracking_corrected": marked("The tracking is corrected."),
    "pieces_cancelled": marked("The pieces are cancelled."),
    "draft_created": marked("The draft is there."),
    "draft_saved": marked("The draft is saved."),
    "draft_sent": marked("The payment link is on its way."),
    "draft_reserved": marked("The draft's stock is held."),
    "orders_imported": marked("The orders were read."),
    "orders_shipped": marked("The selected orders are on their way."),
    "orders_partly_shipped": marked("Some of the selected orders could not be shipped: they are still here."),
    "order_refunded": marked("The money is on its way back to the card."),
    "refund_pending": marked("The refund was asked for; the card processor has not answered yet."),
    "payment_captured": marked("The payment is captured."),
    "payment_let_go": marked("The money is let go; the bank says when it is free again."),
    "return_asked": marked("The return is asked for."),
    "return_approved": marked("The return may come, and the customer is told."),
    "return_refused": marked("The return is refused, and the customer is told."),
    "return_cancelled": marked("The return is taken back."),
    "return_received": marked("The parcel is booked in."),
    "return_refunded": marked("The money is on its way back."),
    "return_closed": marked("The return is closed."),
    "edit_begun": marked("Nothing is changed yet: look at what it comes to."),
    "edit_confirmed": marked("The order is changed, and the customer is told."),
    "edit_proposed": marked("The customer is asked."),
    "edit_cancelled": marked("The order stays as it is."),
    "claim_made": marked("The claim is noted."),
    "claim_decided": marked("The claim is decided, and the customer is told."),
    "replacement_sent": marked("The replacement is on its way."),
    "note_added": marked("The note is kept with the order."),
    "customer_note_added": marked("The customer sees the note with the order."),
    "invoice_issued": marked("The invoice is issued."),
    "product_saved": marked("Saved."),
    "product_created": marked("The product is created, as a draft."),
    "product_active": marked("The product is on sale."),
    "product_archived": marked("The product is archived: it is no longer on sale."),
    "products_changed": marked("The selected products are changed."),
    "products_partly_changed": marked("Some of the selected products could not be changed."),
    "category_saved": marked("The category is saved."),
    "review_published": marked("The review is published."),
    "review_refused": marked("The review is refused."),
    "review_answered": marked("Your answer is shown below the review."),
    "stock_adjusted": marked("Stock is adjusted."),
    "stock_changed": marked("Saved. It counts at once."),
    "stock_received": marked("The delivery is booked in."),
    "hold_prolonged": marked("It is held at least that long from now."),
    "hold_ended": marked("The hold is ended: its pieces are for sale again."),
    "money_recorded": marked("The money is recorded; the order may go on."),
    "settlement_taken": marked("The file is taken in."),
    "exception_saved": marked("The decision is kept."),
    "webhook_applied": marked("It fits now, and was looked at."),
    "webhook_parked": marked("It still does not fit."),
    "gift_card_saved": marked("The gift card is changed."),
    "dispute_answered": marked("The dispute is answered."),
    "rule_saved": marked("Saved. It counts from the next payment on."),
    "promotion_saved": marked("The promotion is saved."),
    "promotion_archived": marked("The promotion is archived: it applies to nothing from now on."),
    "codes_added": marked("The codes are there."),
    "terms_saved": marked("Saved. It counts from the next order on."),
    "terms_removed": marked("Removed."),
    "rates_loaded": marked("The rates of the European Union are loaded."),
    "roles_changed": marked("The roles are changed; they count from the next request on."),
    "account_closed": marked("The account is closed."),
    "mail_retried": marked("The mail is on its way again."),
    "synonyms_saved": marked("The synonyms are saved and count at once."),
    "synonyms_removed": marked("The synonyms are removed."),
    "rebuild_begun": marked("The index is being built anew; the shop searches the present one until then."),
    "event_replayed": marked("The event was handed over again."),
    **WAREHOUSE_DONE,
    "signed_out": marked("You are signed out."),
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
