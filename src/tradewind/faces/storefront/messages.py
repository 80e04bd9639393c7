"""What the platform refuses, said to a shopper: by its code, in their language, beside the field it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.contracts.amounts import money
from tradewind.faces.kit import formats
from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.languages import marked
from tradewind.faces.kit.visit import Visit

_PRICES = ("old_price_minor", "new_price_minor")
LATER: Mapping[str, str] = {
    "back_ordered": marked("Some of it is not here yet: it follows about %(day)s."),
    "pre_ordered": marked("Not out yet: it comes to you on the day of its release, %(day)s."),
}
UNKNOWN = marked("That did not work. Please check what you entered, and try again.")
WORDS: Mapping[str, str] = {
    "account_not_found": marked("This account does not exist any more."),
    "address_not_found": marked("This address does not exist any more."),
    "cart_busy": marked("Your cart is being changed elsewhere. Please try again."),
    "cart_changed": marked("Your cart was changed meanwhile. Please look at it once more."),
    "cart_empty": marked("Your cart is empty."),
    "cart_not_found": marked("This cart is not there any more. Begin a new one."),
    "cart_not_open": marked("This cart was ordered already. Begin a new one."),
    "cart_other_currency": marked("Your cart is in another currency. Order it first, or switch back."),
    "country_unknown": marked("We do not know this country."),
    "credentials_invalid": marked("E-mail address and password do not match."),
    "current_password_wrong": marked("This is not your present password."),
    "discount_expired": marked("This code has ended."),
    "discount_minimum_not_reached": marked("Your cart is below this code's minimum."),
    "discount_not_yet_valid": marked("This code is not valid yet."),
    "discount_other_currency": marked("This code is for another currency."),
    "discount_not_applied": marked(
        "Another discount saves more, or there is nothing to take off: both cannot be had."
    ),
    "discount_nothing_matches": marked("Nothing in your cart is what this code is for."),
    "discount_unknown": marked("We do not know this code."),
    "discount_used_by_customer": marked("You have used this code before."),
    "discount_used_up": marked("This code has been used up."),
    "email_invalid": marked("This does not look like an e-mail address."),
    "email_missing": marked("Please enter your e-mail address."),
    "email_taken": marked("There is an account with this address already: sign in, or reset its password."),
    "field_blank": marked("Please fill this in."),
    "gift_card_currency": marked("This gift card is in another currency."),
    "gift_card_disabled": marked("This gift card cannot be used."),
    "gift_card_empty": marked("Nothing is left on this gift card."),
    "gift_card_expired": marked("This gift card has ended."),
    "gift_card_not_usable": marked("This gift card cannot be used: it is empty, has ended, or was stopped."),
    "gift_card_unknown": marked("We know no gift card of this code."),
    "gift_cards_changed": marked("There is another amount on a gift card by now. Please look once more."),
    "gift_cards_too_small": marked("The gift cards do not pay for all of it. Choose how the rest is paid."),
    "idempotency_key_reused": marked("This form was sent before. Please reload the page."),
    "last_administrator": marked("The last administrator's account cannot be closed."),
    "line_not_found": marked("This article is not in your cart any more."),
    "back_ordered": marked("Some of it is not here yet: it follows as soon as it comes."),
    "pre_ordered": marked("Not out yet: it comes to you on the day of its release."),
    "method_not_offered": marked("This way to pay is not offered any more. Please choose another."),
    "name_missing": marked("Please enter the name."),
    "not_enough_in_stock": marked("There are fewer left than you would like."),
    "not_for_sale": marked("This is no longer sold: please take it out."),
    "order_not_cancellable": marked("This order can no longer be cancelled: it is on its way."),
    "nothing_to_return": marked("This is on its way back already, or was not sent yet."),
    "return_too_late": marked("The time to send this back is over. Please write to us."),
    "return_under_way": marked("It is on its way already."),
    "nothing_to_claim": marked("You have told us about this already, or it was not sent yet."),
    "edit_not_open": marked("This was decided meanwhile."),
    "edit_outdated": marked("This comes to something else by now: we will write to you again."),
    "order_busy": marked("This order is changing just now. Please try again in a moment."),
    "order_not_found": marked("We found no order with this number and e-mail address."),
    "order_not_payable": marked("This order does not wait for a payment."),
    "out_of_stock": marked("Somebody was faster: there is not enough left of an article in your cart."),
    "password_changed_meanwhile": marked("Your password was changed meanwhile. Please sign in anew."),
    "password_is_email": marked("Please choose a password that is not your e-mail address."),
    "password_too_common": marked("Too many people use this password. Please choose another."),
    "password_too_long": marked("At most 128 characters, please."),
    "password_too_short": marked("At least 8 characters, please."),
    "nothing_due": marked("This is paid already."),
    "payment_declined": marked("The payment was declined. Nothing was charged: please try another way."),
    "payment_missing": marked("Please choose how you pay."),
    "payment_under_way": marked("It is being paid just now. Please wait a moment."),
    "pickup_unknown": marked("Nothing is handed over there any more. Please choose another place."),
    "postal_code_invalid": marked("This postal code does not look right."),
    "postal_code_required": marked("Please enter the postal code."),
    "price_changed": marked("The price has changed since you took it."),
    "quantity_too_large": marked("That is more than fits into one order."),
    "rate_limited": marked("That was a little too often. Please wait a minute."),
    "region_required": marked("Please choose the region."),
    "reset_token_invalid": marked("This link was used already, or is too old. Ask for another."),
    "review_exists": marked("You have reviewed this already."),
    "service_unavailable": marked("We could not reach a part of the shop. Please try again in a moment."),
    "shipping_address_missing": marked("Please enter where it should go."),
    "shipping_method_missing": marked("Please choose how it should go."),
    "shipping_method_not_available": marked("This way of delivery does not go there. Please choose another."),
    "saved_method_unknown": marked("This is not kept in your account any more. Please choose another way."),
    "sign_in_busy": marked("Many people are signing in just now. Please try again in a moment."),
    "sku_not_for_sale": marked("This is not sold in your currency at the moment."),
    "too_many_addresses": marked("You have saved as many addresses as we can keep."),
    "too_many_attempts": marked("Too many payments were declined. Please order anew."),
    "too_many_carts": marked("You keep as many carts as we can. Throw one away first."),
    "too_many_gift_cards": marked("An order takes five gift cards."),
    "too_many_lines": marked("Your cart is full: it takes 100 different articles."),
    "total_too_large": marked("That is more than one order can come to. Please take something out."),
    "total_changed": marked("The total has changed since you saw it. Please check it, then order again."),
}

# Warnings that nobody can order with, though stock may come.
SHORT = ("not_enough_in_stock", "not_enough_at_place")


def words(visit: Visit, code: str) -> str:
    return visit.gettext(WORDS.get(code, UNKNOWN))


def is_ours_to_say(problem: ApiProblem) -> bool:
    """Whether a person can do something about it; what is not goes to the page for failures."""
    return problem.status in (400, 401, 409, 422, 429, 503)


def beside_fields(visit: Visit, problem: ApiProblem, fields: Mapping[str, str]) -> dict[str, str]:
    """By the form's field (`fields` maps the platform's names to the form's); under "" what fits beside none."""
    name = (problem.field or "").rpartition(".")[2] or ""
    known = fields.get(problem.field or "") or fields.get(name)
    text = words(visit, problem.code)
    if problem.code.startswith("invalid_") or problem.code not in WORDS:
        text = visit.gettext("Please check this.") if known else text
    return {known or "": text}


def last_to_come(cart: Mapping[str, Any]) -> str | None:
    """When the last of what is not there yet is expected; None where all is there, or no day is known."""
    days = [warning.get("expected_at") for warning in cart["warnings"] if warning["code"] in LATER]
    return max(filter(None, days), default=None)


def warnings(visit: Visit, cart: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A cart's warnings with words of ours, and the number that is left where that is what they tell. What is short
    everywhere is not told again of the place where it is collected."""
    said = []
    short = {warning["sku"] for warning in cart["warnings"] if warning["code"] == "not_enough_in_stock"}
    for warning in cart["warnings"]:
        if warning["code"] == "not_enough_at_place" and warning["sku"] in short:
            continue
        text = words(visit, warning["code"])
        if warning["code"] == "not_enough_in_stock":
            text = (
                visit.gettext("Only %(count)s left.", count=warning["available"])
                if warning["available"]
                else visit.gettext("Sold out just now.")
            )
        if warning["code"] == "not_enough_at_place":
            text = visit.gettext(
                "Only %(count)s of it can be collected in %(place)s. Take fewer, or have it sent.",
                count=warning["available"],
                place=warning["place"],
            )
        if warning["code"] == "price_changed":
            prices = [money(warning[name], cart["currency"], visit.language) for name in _PRICES]
            text = visit.gettext("It costs %(new)s now; it was %(old)s.", old=prices[0], new=prices[1])
        if warning["code"] in LATER and warning.get("expected_at"):
            day = formats.day(warning["expected_at"], visit.language, visit.settings.time_zone)
            later = LATER[warning["code"]]
            text = visit.gettext(later, day=day)
        if warning.get("discount_code"):
            text = f"{warning['discount_code']}: {text}"
        said.append({"blocking": False, **warning, "text": text})
    return said
