"""What a shopper's browser asks for: the bank's challenge, and the card form on its own origin."""

import re
from collections.abc import Mapping

from tradewind.sandbox_processor import operations, pages, store
from tradewind.sandbox_processor.api import make_token, merchant_of
from tradewind.sandbox_processor.http import Answer, Request, see_other
from tradewind.sandbox_processor.origins import check_return_url, origin_of, with_query
from tradewind.sandbox_processor.processor import Processor
from tradewind.sandbox_processor.refusals import Refusal, card_error, invalid_request
from tradewind.sandbox_processor.rows import StoredAuthorisation
from tradewind.sandbox_processor.wire import CardDetails

# What the form was opened with, and carries along.
CARRIED = ("key", "return_url", "mode", "state")
LONGEST_STATE = 512


async def show_challenge(processor: Processor, request: Request) -> Answer:
    try:
        authorisation = operations.challenged(processor, request.path_values["id"])
    except Refusal as refusal:
        return pages.problem_page(refusal.status, refusal.message)
    origin = _return_origin(authorisation)
    if authorisation.status == "action_required":
        return pages.challenge_page(authorisation, origin)
    return pages.challenge_done_page(authorisation, _return_to(authorisation), origin)


async def answer_challenge(processor: Processor, request: Request) -> Answer:
    """Approve or refuse, then back to the shop. Said twice, it only goes back again."""
    try:
        outcome = request.form().get("outcome")
        if outcome not in ("approve", "refuse"):
            raise invalid_request("invalid_parameter", "Approve it or refuse it.", "outcome")
        with store.transaction(processor.db):
            authorisation = operations.settle_challenge(
                processor, request.path_values["id"], approved=outcome == "approve"
            )
    except Refusal as refusal:
        return pages.problem_page(refusal.status, refusal.message)
    return_to = _return_to(authorisation)
    if return_to is None:
        return pages.challenge_done_page(authorisation, None, None)
    return see_other(return_to)


async def show_card_form(processor: Processor, request: Request) -> Answer:
    try:
        carried = _checked_carried(processor, request.query)
    except Refusal as refusal:
        return pages.problem_page(refusal.status, refusal.message)
    return _form(200, carried, {}, None)


async def accept_card_form(processor: Processor, request: Request) -> Answer:
    """Back to the shop with a token; or the form again, with what is wrong beside the field."""
    try:
        form = request.form()
        carried = _checked_carried(processor, form)
    except Refusal as refusal:
        return pages.problem_page(refusal.status, refusal.message)
    try:
        token = make_token(processor, merchant_of(carried["key"], secret=False), _card_details(form))
    except Refusal as refusal:
        return _form(422, carried, form, (refusal.field or "", refusal.message))
    extra = {"state": carried["state"]} if carried["state"] else {}
    return_to = with_query(
        carried["return_url"], token=token.token, last4=token.last4, network=token.network, **extra
    )
    if carried["mode"] == "embed":
        return pages.card_done_page(token, return_to, carried["state"], origin_of(carried["return_url"]))
    return see_other(return_to)


async def get_script(processor: Processor, request: Request) -> Answer:
    return pages.static_file("card-form.js")


async def get_style(processor: Processor, request: Request) -> Answer:
    return pages.static_file("page.css")


def _checked_carried(processor: Processor, given: Mapping[str, str]) -> dict[str, str]:
    carried = {name: given.get(name, "") for name in CARRIED}
    if not carried["key"].startswith("pk_"):
        raise invalid_request("invalid_key", "The form is opened with a publishable key.", "key")
    merchant_of(carried["key"], secret=False)
    check_return_url(carried["return_url"], processor.options.return_origins)
    if carried["mode"] not in ("", "embed"):
        raise invalid_request("invalid_parameter", "The mode is embed or left out.", "mode")
    if len(carried["state"]) > LONGEST_STATE:
        raise invalid_request("invalid_parameter", "The state is too long.", "state")
    return carried


def _card_details(form: Mapping[str, str]) -> CardDetails:
    return CardDetails(
        number=form.get("number", "").strip(),
        exp_month=_typed_number(form, "exp_month", "Type the month as a number."),
        exp_year=_typed_number(form, "exp_year", "Type the year as a number."),
        cvc=form.get("cvc", "").strip(),
        name=form.get("name"),
    )


def _typed_number(form: Mapping[str, str], name: str, complaint: str) -> int:
    text = form.get(name, "").strip()
    if not re.fullmatch(r"[0-9]{1,4}", text):
        code = "invalid_expiry_month" if name == "exp_month" else "invalid_expiry_year"
        raise card_error(code, complaint, name)
    return int(text)


def _form(
    status: int, carried: Mapping[str, str], typed: Mapping[str, str], error: tuple[str, str] | None
) -> Answer:
    """The form again. What is longer than its field is not shown again: it may be the number, misplaced."""
    kept = {name: value for name, value in typed.items() if not re.search(r"[0-9]([ -]?[0-9]){6,}", value)}
    return pages.card_form_page(
        status, carried, kept, error, origin_of(carried["return_url"]), framed=carried["mode"] == "embed"
    )


def _return_to(authorisation: StoredAuthorisation) -> str | None:
    if authorisation.return_url is None:
        return None
    return with_query(authorisation.return_url, authorisation=authorisation.id)


def _return_origin(authorisation: StoredAuthorisation) -> str | None:
    return None if authorisation.return_url is None else origin_of(authorisation.return_url)
