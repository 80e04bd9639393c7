"""What the platform refused, as the person who asked for it is told: by its code, in their language."""

from __future__ import annotations

from collections.abc import Collection

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import mark
from tradewind.faces.kit.visit import Visit

MESSAGES = {
    "credentials_invalid": mark("The e-mail address or the password is wrong."),
    "too_many_attempts": mark("Too many attempts. Wait a few minutes, then try again."),
    "rate_limited": mark("That was a little too often. Wait a minute, then try again."),
    "amount_invalid": mark("Write an amount, such as 12.50."),
    "number_invalid": mark("Write a whole number."),
    "required": mark("This cannot be left empty."),
    "nothing_chosen": mark("Choose at least one piece."),
    "order_not_fulfillable": mark("Nothing is left to ship of this order."),
    "too_many_pieces": mark("Fewer of these are left to ship."),
    "capture_failed": mark("The payment could not be captured: nothing was shipped."),
    "order_not_cancellable": mark("This order can no longer be cancelled."),
    "refund_above_captured": mark("That is more than is left of the payment."),
    "version_conflict": mark(
        "Somebody else changed this meanwhile. Look at what they changed, then save again."
    ),
    "sku_taken": mark("Another product has this SKU."),
    "slug_taken": mark("Another page has this address."),
    "discount_exists": mark("This code exists already."),
    "insufficient_stock": mark("There is less in stock than that."),
    "stock_below_reserved": mark("Customers have been promised more than would be left."),
    "warehouse_not_found": mark("There is no such warehouse."),
    "request_in_flight": mark("This is being done already: look again in a moment."),
    "permission_required": mark("You need another permission for this."),
    "last_administrator": mark("The shop needs at least one administrator."),
}


def said(visit: Visit, problem: ApiProblem) -> str:
    """In words for people; the platform's own where the code is a rare one."""
    words = MESSAGES.get(problem.code)
    return visit.gettext(words) if words else problem.message


def by_field(visit: Visit, problem: ApiProblem, fields: Collection[str] = ()) -> dict[str, str]:
    """Beside its field, where the form has one of that name; else under "", above the form.

    What the platform could not answer at all is raised again: it is no mistake of the form.
    """
    if problem.status >= 500 or problem.status == 401:
        raise problem
    field = (problem.field or "").partition(".")[0].partition("[")[0]
    return {field if field in fields else "": said(visit, problem)}


def mistake(visit: Visit, code: str) -> str:
    return visit.gettext(MESSAGES[code])
