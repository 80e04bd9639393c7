"""An order: thanks for it, what became of it, another card where one was declined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tradewind.faces.kit.api import ApiProblem
from tradewind.faces.kit.visit import Visit
from tradewind.faces.storefront import address_forms, frame, orders_known, paying, settling
from tradewind.faces.storefront.messages import is_ours_to_say, words
from tradewind.faces.storefront.pictures import pictures_of
from tradewind.faces.storefront.progress import progress_of
from tradewind.kernel.errors import NotFound
from tradewind.kernel.http import Response

Order = dict[str, Any]
TO_DO = ("payment_failed", "action_required")


async def show_order(visit: Visit) -> Response:
    """A guest's order opens by the token in a mail's link, which is then kept out of the address."""
    order = await _order(visit)
    if visit.query["token"] and order.get("token"):
        orders_known.remember(visit, order)
        return visit.see_other(_path(order))
    return await _shown(visit, order)


async def show_thanks(visit: Visit) -> Response:
    order = await _order(visit)
    return await _shown(visit, order, thanks=order["state"] in ("pending", "placed"))


async def show_state(visit: Visit) -> Response:
    """The part that follows the order: fetched anew when something happened. Where the shopper has to do
    something now, the whole page is."""
    order = await _order(visit)
    if order["state"] in TO_DO and visit.query["seen"] not in ("", order["state"]):
        return visit.answer(Response(204, b"", [(b"hx-refresh", b"true")]))
    return visit.page("shop/order_state.html", order=order, progress=progress_of(visit, order))


async def come_back(visit: Visit) -> Response:
    """The shopper has been at the bank: find out how it went, and show it."""
    order = await _order(visit)
    if order["state"] in ("action_required", "pending"):
        order = await visit.api.post(f"{_api(order)}/payments/confirm", **_token(visit, order))
    thanks = "/thank-you" if order["state"] in ("placed", "pending") else ""
    return visit.see_other(_path(order) + thanks)


async def take_card(visit: Visit) -> Response:
    given = await visit.form() if visit.request.method == "POST" else visit.query
    order = await _order(visit)
    return paying.take_card(visit, given, order["order_id"], f"{_path(order)}#payment")


async def drop_card(visit: Visit) -> Response:
    order = await _order(visit)
    paying.forget_card(visit)
    return visit.see_other(f"{_path(order)}#payment")


async def take_gift(visit: Visit) -> Response:
    form = await visit.form()
    order = await _order(visit)
    if form["remove"]:
        paying.drop_gift(visit, order["order_id"], form["remove"])
        return visit.see_other(f"{_path(order)}#payment")
    currency = order["totals"]["currency"]
    refused = await paying.take_gift(visit, order["order_id"], form["gift_card"], currency)
    if not refused:
        return visit.see_other(f"{_path(order)}#payment")
    errors = {"gift_card": words(visit, refused)}
    return await _shown(visit, order, 422, errors=errors, typed_gift=form["gift_card"][:40])


async def pay_again(visit: Visit) -> Response:
    """After a payment was declined; of a draft that was sent; of what a change made due."""
    form = await visit.form()
    order = await _order(visit)
    gifts = paying.kept_gifts(visit, order["order_id"])
    paid = paying.chosen(form, paying.kept_card(visit, order["order_id"]), gifts)
    if paid is None:
        return visit.see_other(f"{_path(order)}#payment")
    if await paying.gifts_changed(visit, order["order_id"], order["totals"]["currency"]):
        return await _shown(visit, order, 409, error=words(visit, "gift_cards_changed"))
    seen = form.whole("expected_total_minor")
    command = {**paid, "return_url": f"{visit.origin}{_path(order)}/return", "expected_total_minor": seen}
    try:
        path = f"{_api(order)}/payments"
        paid = await visit.api.post(path, command, key=form["key"], **_token(visit, order))
    except ApiProblem as problem:
        if not is_ours_to_say(problem):
            raise
        return await _shown(visit, order, problem.status, error=words(visit, problem.code))
    paying.forget_all(visit)
    if paid.get("action_url"):
        return visit.leave_to(paid["action_url"])
    first = order["placed_at"] is None and paid["state"] in ("placed", "pending")
    return visit.see_other(_path(order) + ("/thank-you" if first else ""))


async def cancel(visit: Visit) -> Response:
    form = await visit.form()
    order = await _order(visit)
    try:
        body = {"reason": form["reason"][:500]}
        await visit.api.post(f"{_api(order)}/cancel", body, key=form["key"], **_token(visit, order))
    except ApiProblem as problem:
        if not is_ours_to_say(problem):
            raise
        return await _shown(visit, order, problem.status, error=words(visit, problem.code))
    return visit.see_other(_path(order))


async def show_document(visit: Visit) -> Response:
    """An invoice or a credit note as PDF, in the reader of the browser."""
    order = await _order(visit)
    path = f"/v1/documents/{visit.parameter('number')}.pdf"
    answer = await visit.api.exchange("GET", path, query=_token(visit, order))
    if answer.status != 200:
        raise NotFound("document_not_found", "there is no such document")
    return visit.answer(Response(200, answer.body, list(answer.headers)))


async def add_note(visit: Visit) -> Response:
    """Something that the shopper wants the shop to know."""
    form = await visit.form()
    order = await _order(visit)
    try:
        body = {"text": form["text"][:2000]}
        await visit.api.post(f"{_api(order)}/customer-notes", body, key=form["key"], **_token(visit, order))
    except ApiProblem as problem:
        if not is_ours_to_say(problem):
            raise
        return await _shown(visit, order, problem.status, error=words(visit, problem.code))
    return visit.see_other(_path(order))


async def show_tracking(visit: Visit) -> Response:
    return await frame.page(visit, "track.html", typed={}, error="")


async def track(visit: Visit) -> Response:
    """A guest's order by its number and e-mail address."""
    form = await visit.form()
    typed = {"number": form["number"][:40], "email": form["email"][:254]}
    error = visit.gettext("Please enter the order's number and your e-mail address.")
    status = 422
    if all(typed.values()):
        try:
            order = await visit.api.post("/v1/orders/lookup", typed)
            orders_known.remember(visit, order)
            return visit.see_other(_path(order))
        except ApiProblem as problem:
            if not is_ours_to_say(problem) and problem.status != 404:
                raise
            code = "order_not_found" if problem.status in (404, 422) else problem.code
            error, status = words(visit, code), problem.status
    return await frame.page(visit, "track.html", status, typed=typed, error=error)


async def _order(visit: Visit) -> Order:
    """Raises NotFound for one that is not the visitor's."""
    try:
        order_id = str(UUID(visit.parameter("order_id")))
    except ValueError:
        raise NotFound("order_not_found", "there is no such order") from None
    token = visit.query["token"] or orders_known.token_of(visit, order_id)
    order: Order = await visit.api.get(f"/v1/orders/{order_id}", token=token[:100] if token else None)
    return order


async def _shown(
    visit: Visit,
    order: Order,
    status: int = 200,
    *,
    thanks: bool = False,
    error: str = "",
    errors: Mapping[str, str] | None = None,
    typed_gift: str = "",
) -> Response:
    unpaid = order["state"] in ("draft", "payment_failed")
    payable = unpaid or bool(order.get("due"))
    form = await paying.card_form(visit, order["order_id"]) if payable else None
    gifts = paying.kept_gifts(visit, order["order_id"]) if unpaid else None
    left_minor = settling.left_minor(order) - sum(gift.balance_minor for gift in gifts or [])
    documents, proposals = await visit.api.together(_documents(visit, order), _proposals(visit, order))
    return await frame.page(
        visit,
        "order.html",
        status,
        party=form.parties if form else "",
        order=order,
        progress=progress_of(visit, order),
        thanks=thanks,
        error=error,
        written=address_forms.lines,
        card_form=form,
        card=paying.kept_card(visit, order["order_id"]) if payable else None,
        pictures=await pictures_of(visit, order["lines"]),
        ways=await paying.other_ways(visit) if payable else None,
        gifts=gifts,
        typed_gift=typed_gift,
        errors=errors or {},
        left_minor=max(0, left_minor),
        payments=settling.payments(visit, order),
        transfer=await settling.transfer(visit, order),
        documents=documents,
        proposals=proposals,
        cancellable=order["state"] in ("placed", "action_required", "payment_failed"),
    )


async def _proposals(visit: Visit, order: Order) -> int:
    """How many changes wait for an answer."""
    if order["state"] not in ("placed", "partially_fulfilled", "fulfilled", "partially_returned"):
        return 0
    edits, exchanges = await visit.api.together(
        visit.api.get(f"{_api(order)}/edits", **_token(visit, order)),
        visit.api.get(f"{_api(order)}/exchanges", **_token(visit, order)),
    )
    return sum(one["state"] == "requested" for one in (*edits["items"], *exchanges["items"]))


async def _documents(visit: Visit, order: Order) -> list[Mapping[str, Any]]:
    """None are issued before it was placed."""
    if order["placed_at"] is None:
        return []
    listed = await visit.api.get(f"{_api(order)}/documents", **_token(visit, order))
    return list(listed["items"])


def _path(order: Mapping[str, Any]) -> str:
    return f"/orders/{order['order_id']}"


def _api(order: Mapping[str, Any]) -> str:
    return f"/v1/orders/{order['order_id']}"


def _token(visit: Visit, order: Mapping[str, Any]) -> dict[str, str]:
    """What opens a guest's order, as a query."""
    token = orders_known.token_of(visit, order["order_id"]) or order.get("token")
    return {"token": token} if token else {}
