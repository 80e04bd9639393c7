"""What the platform refused, as the person who asked for it is told: by its code, in their language."""

from __future__ import annotations

from collections.abc import Collection

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit

MESSAGES = {
    "credentials_invalid": marked("The e-mail address or the password is wrong."),
    "too_many_attempts": marked("Too many attempts. Wait a few minutes, then try again."),
    "rate_limited": marked("That was a little too often. Wait a minute, then try again."),
    "amount_invalid": marked("Write an amount, such as 12.50."),
    "number_invalid": marked("Write a whole number."),
    "day_invalid": marked("Write a day."),
    "two_words": marked("Write at least two words, or one and what it is found by."),
    "required": marked("This cannot be left empty."),
    "nothing_chosen": marked("Choose at least one piece."),
    "order_not_fulfillable": marked("Nothing is left to ship of this order."),
    "too_many_pieces": marked("Fewer of these are left to ship."),
    "capture_failed": marked("The payment could not be captured: nothing was shipped."),
    "order_not_cancellable": marked("This order can no longer be cancelled."),
    "refund_above_captured": marked("That is more than is left of the payment."),
    "version_conflict": marked(
        "Somebody else changed this meanwhile. Look at what they changed, then save again."
    ),
    "sku_taken": marked("Another product has this SKU."),
    "slug_taken": marked("Another page has this address."),
    "discount_exists": marked("This code exists already."),
    "insufficient_stock": marked("There is less in stock than that."),
    "stock_below_reserved": marked("Customers have been promised more than would be left."),
    "warehouse_not_found": marked("There is no such warehouse."),
    "request_in_flight": marked("This is being done already: look again in a moment."),
    "permission_required": marked("You need another permission for this."),
    "last_administrator": marked("The shop needs at least one administrator."),
}

SIGNED_OUT = ("authentication_required", "credential_invalid")


def said(visit: Visit, problem: ApiProblem) -> str:
    """In words for people; the platform's own where the code is a rare one."""
    words = MESSAGES.get(problem.code)
    return visit.gettext(words) if words else problem.message


def by_field(visit: Visit, problem: ApiProblem, fields: Collection[str] = ()) -> dict[str, str]:
    """Beside its field, where the form has one of that name; else under "", above the form.

    What the platform could not answer at all, or to nobody who is not signed in, is raised again: it is no mistake
    of the form.
    """
    if problem.status >= 500 or problem.code in SIGNED_OUT:
        raise problem
    field = (problem.field or "").partition(".")[0].partition("[")[0]
    return {field if field in fields else "": said(visit, problem)}


def mistake(visit: Visit, code: str) -> str:
    return visit.gettext(MESSAGES[code])
