"""What the platform refused, as the person who asked for it is told: by its code, in their language."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from tradewind.faces.backoffice import malformed
from tradewind.faces.backoffice.warehouse_words import NUMBERED
from tradewind.faces.backoffice.warehouse_words import REFUSALS as WAREHOUSE_REFUSALS
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit

MESSAGES = {
    "credentials_invalid": marked("The e-mail address or the password is wrong."),
    "too_many_attempts": marked("Too many attempts. Wait a few minutes, then try again."),
    "rate_limited": marked("That was a little too often. Wait a minute, then try again."),
    "amount_invalid": marked("Write an amount, such as 12.50."),
    "number_invalid": marked("Write a whole number."),
    "at_least_one": marked("Write at least 1."),
    "day_invalid": marked("Write a day."),
    "weight_invalid": marked("Write a weight in kilograms, such as 31.5."),
    "percent_invalid": marked("Write a share from 0 to 100, such as 19 or 5.5."),
    "steps_invalid": marked("Write one step a line, such as 2 kg: 4.90 or 50: 2.90."),
    "areas_invalid": marked("Write one country a line, such as DE: 20, 21000-21149, !27498."),
    "country_unknown": marked("This is no country: two letters, such as DE."),
    "country_invalid": marked("Write countries as two letters each, such as DE, AT."),
    "code_invalid": marked("A code has small letters, digits, _ and - alone."),
    "days_reversed": marked("The longest time cannot be shorter than the shortest."),
    "warehouse_exists": marked("There is a warehouse of this code already."),
    "two_words": marked("Write at least two words, or one and what it is found by."),
    "required": marked("This cannot be left empty."),
    "shipping_price_missing": marked("Write what shipping costs: lines in your own words have no weight."),
    "no_method_goes": marked("No shipping method goes to this address, or with this weight."),
    "pieces_or_amount": marked("Choose at least one piece, or write an amount."),
    "nothing_chosen": marked("Choose at least one piece."),
    "order_held": marked("This order is held: let it go on first."),
    "order_not_holdable": marked("Only what waits to be shipped can be held."),
    "order_not_held": marked("This order is not held."),
    "fulfilment_not_packable": marked("This parcel cannot be packed as it is now."),
    "fulfilment_not_shippable": marked("This parcel came to nothing: ask for another one."),
    "fulfilment_not_cancellable": marked("This parcel can no longer be cancelled."),
    "fulfilment_ended": marked("This parcel came to nothing."),
    "customer_missing": marked("Give the customer's e-mail address."),
    "account_unknown": marked("There is no such account."),
    "line_twice": marked("An article stands in two lines: sum them."),
    "tax_class_unknown": marked(
        "No country has a rate for this tax class. Set its rate first, in the settings."
    ),
    "line_incomplete": marked("A line without a SKU needs a title and a price."),
    "discount_incomplete": marked("Say how much is taken off."),
    "expiry_passed": marked("Choose a moment that is still to come."),
    "total_too_large": marked("That is more than an order can come to."),
    "draft_changed": marked("Somebody else changed this draft meanwhile. Look at it, then save again."),
    "draft_reserved": marked("Its stock is held: its pieces stay as they are."),
    "not_a_draft": marked("This is no draft any more."),
    "order_not_reissuable": marked("This is a draft: change it."),
    "file_unreadable": marked("This cannot be read as told: look at its format and its first line."),
    "file_empty": marked("There is no order in it."),
    "too_many_orders": marked("These are too many at once: send them in parts."),
    "order_not_fulfillable": marked("Nothing is left to ship of this order."),
    "too_many_pieces": marked("Fewer of these are left to ship."),
    "stock_not_reserved": marked("Not all of these pieces are here yet. Ship the others, or wait for them."),
    "not_released": marked(
        "A pre-order leaves from its release on. Ship the other lines, or change its day in the stock of the article."
    ),
    "capture_failed": marked("The payment could not be captured: nothing was shipped."),
    "order_not_cancellable": marked("This order can no longer be cancelled."),
    "version_conflict": marked(
        "Somebody else changed this meanwhile. Look at what they changed, then save again."
    ),
    "sku_taken": marked("Another product has this SKU."),
    "slug_taken": marked("Another page has this address."),
    "request_in_flight": marked("This is being done already: look again in a moment."),
    "permission_required": marked("You need another permission for this."),
    "nothing_left": marked("Nothing is left to ship of this order."),
    "dispute_not_open": marked("This dispute was answered, or is decided."),
    "dispute_refused": marked("The processor did not take the answer."),
    "money_not_awaited": marked("No money is awaited of this payment."),
    "receipt_recorded": marked("This reference is recorded already."),
    "settlement_file_invalid": marked(
        "This is not this processor's settlement file, or lines of it are wrong."
    ),
    "kinds_invalid": marked("Write pairs, such as Sale:capture, Refund:refund."),
    "exception_resolved": marked("This was decided already."),
    "webhook_not_parked": marked("This was looked at already."),
    "amount_too_large": marked("That is more than is awaited, or left."),
    "expires_in_the_past": marked("This day is over."),
    "processor_unknown": marked("Name processors that this shop has, each once."),
    "range_needs_currency": marked("A range of amounts needs its currency."),
    "range_invalid": marked("The first amount is at most the second."),
    "currency_unknown": marked("This is no currency: three letters, such as EUR."),
    "card_number_refused": marked("Never write a card's number here."),
    "nothing_to_refund": marked("There is nothing to give back."),
    "refund_too_large": marked("That is more than is left of the payment."),
    "refund_failed": marked("The money could not be given back."),
    "order_not_invoiceable": marked("Only an order that was placed has an invoice."),
    "tax_is_charged": marked("Tax was charged with this order: it is no reverse charge."),
    "buyer_vat_id_missing": marked("A reverse charge names the buyer's VAT ID."),
    "too_many_notes": marked("This order has as many notes as it can hold."),
    "as_of_too_early": marked("What this order was is not known for that moment."),
    "as_of_in_future": marked("What an order will be is not known yet."),
    "export_refused": marked("These days or states cannot be read. Choose others."),
    "order_imported": marked("It was paid and sent by another system: settle it there."),
    "order_busy": marked("This order is changing just now. Try again in a moment."),
    "state_conflict": marked("This is not possible in the state that it is in now."),
    "status_conflict": marked("This is not possible in the state that it is in now."),
    "code_exists": marked("This code exists already."),
    "product_unknown": marked("One of these is no address of a product."),
    "below_uses": marked("It was used more often already."),
    "field_missing": marked("This is needed for what you chose."),
    "field_not_expected": marked("This does not go with what you chose."),
    "promotion_archived": marked("This promotion is archived: make a new one."),
    "zone_unknown": marked("There is no such zone."),
    "zone_not_found": marked("There is no such zone."),
    "zone_in_use": marked("A shipping method goes to this zone: change it first."),
    "postal_range_invalid": marked("A range goes from a beginning to a later one of the same length."),
    "tax_rate_not_found": marked("This rate is removed already."),
    "tax_rate_begun": marked("This rate has begun: let another follow it."),
    "ends_before_start": marked("The end lies before the beginning."),
    "below_reserved": marked("Customers have been promised more than would be left."),
    "on_hand_too_large": marked("That is more than a warehouse can hold."),
    "reservation_closed": marked("This hold has ended."),
    "reservation_of_order": marked("What an order or a claim holds ends with it alone."),
    "receipt_exists": marked("This delivery note was booked before, with other contents."),
    "warehouse_unknown": marked("There is no such warehouse."),
    "parts_invalid": marked("Write one part a line, such as CUP-BLUE: 4."),
    "part_is_bundle": marked("A bundle cannot be a part of a bundle."),
    "sku_is_bundle": marked("A bundle has no lots, and is sold as far as its parts are there."),
    "sku_is_part": marked("This is a part of a bundle already."),
    "sku_not_plain": marked("A bundle has no lots, and is sold as far as its parts are there."),
    "stock_is_there": marked("There are pieces of it in stock: take them out first."),
    "released_at_required": marked("Say when it is out."),
    "limit_required": marked("Say how many may be waited for."),
    "lot_required": marked("This is kept by lot: say which."),
    "lot_not_tracked": marked("This is not kept by lot."),
    "serial_exists": marked("A piece with this serial number is in stock already."),
    "not_there": marked("There are fewer pieces in this state."),
    "as_of_in_the_future": marked("Choose a moment that is past."),
    "nothing_to_return": marked("Fewer of these were sent, or they are coming back already."),
    "pieces_claimed": marked(
        "A claim gave something for these. Take them back by a return: its refund counts that."
    ),
    "return_decided": marked("This return was decided already."),
    "return_not_receivable": marked("This return does not wait for a parcel."),
    "return_not_received": marked("Nothing of this return is here yet."),
    "fee_too_large": marked("The fee is more than the pieces cost."),
    "edit_open": marked("Another change of this order is not done yet: end it first."),
    "edit_outdated": marked("It comes to something else by now: look at it again."),
    "shipping_method_not_available": marked(
        "This shipping method does not go to this address, or not with this weight."
    ),
    "edit_empty": marked("Say what is to change."),
    "pieces_in_parcels": marked("Pieces of it are in parcels already."),
    "sku_not_for_sale": marked("This article is not for sale."),
    "out_of_stock": marked("There is not enough in stock: nothing was changed."),
    "capture_unsettled": marked("A payment is just being recorded. Try again in a moment."),
    "shipping_charged": marked("A parcel has borne the shipping already."),
    "nothing_to_claim": marked("Fewer of these were sent, or they are claimed already."),
    "claim_decided": marked("This claim was decided already."),
    "no_price": marked("What is on sale needs a variant that has a price."),
    "gtin_invalid": marked("This GTIN cannot be right: its check digit does not fit."),
    "compare_at_not_above_price": marked("The former price must be above the price."),
    "options_mismatch": marked("Each variant needs a value for each of the options."),
    "variant_repeated": marked("Two variants have the same options."),
    "sku_repeated": marked("Two variants have the same SKU."),
    "category_exists": marked("There is a category of this name already."),
    "category_below_itself": marked("A category cannot be below itself."),
    "category_too_deep": marked("Categories cannot be nested that deep."),
    "too_many_images": marked("A product cannot have that many pictures."),
    "message_not_sendable": marked("This mail cannot be sent again."),
    "terms_too_few": marked("Write at least two words, or one and what it is found by."),
    "term_without_words": marked("Write words: one of these has no letters."),
    **WAREHOUSE_REFUSALS,
}

COUNTED: Final = {
    **NUMBERED,
    "capture_failed": (
        ("awaited",),
        marked("%(awaited)s is awaited by bank transfer: record it, then ship. Nothing was shipped."),
    ),
    "country_unknown": (("unknown",), marked("%(unknown)s: this is no country.")),
    "refund_too_large": (
        ("left",),
        marked("That is more than is left of the payment: at most %(left)s can be given back."),
    ),
    "payment_disputed": (
        ("left",),
        marked("The customer disputes the payment: at most %(left)s is left to give back."),
    ),
}
ROW: Final = re.compile(r"lines\[(\d+)\]")
SIGNED_OUT = ("authentication_required", "credential_invalid")


def said(visit: Visit, problem: ApiProblem) -> str:
    """In words for people, with what the platform counted; its own words where the code is a rare one."""
    if problem.code == malformed.CODE:
        return malformed.in_words(visit, problem.message)
    names, numbered = COUNTED.get(problem.code, ((), ""))
    if numbered and all(name in problem.details for name in names):
        return visit.gettext(numbered) % problem.details
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


def by_row(
    visit: Visit, problem: ApiProblem, lines: Sequence[Mapping[str, Any]], fields: Collection[str] = ()
) -> dict[str, str]:
    """As `by_field`; what is wrong with one of the lines that were sent names its SKU."""
    errors = by_field(visit, problem, fields)
    row = ROW.match(problem.field or "")
    skus = [str(short["sku"]) for short in problem.details.get("short", ())]
    if row is not None and int(row[1]) < len(lines):
        skus = [str(lines[int(row[1])]["sku"])]
    if skus and "" in errors:
        errors[""] = f"{', '.join(skus)}: {errors['']}"
    return errors


def mistake(visit: Visit, code: str) -> str:
    return visit.gettext(MESSAGES[code])
