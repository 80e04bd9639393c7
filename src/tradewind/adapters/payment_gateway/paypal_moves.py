"""What follows a PayPal authorisation: captures in parts, refunds over several captures, voids, renewal.

A move is found by its `invoice_id`, which is our reference. Every one of them looks at the order first: PayPal
would capture up to 115 % of what was authorised, and refunds by capture.
"""

from __future__ import annotations

from typing import Any

from tradewind.adapters.payment_gateway.paypal_api import PayPal, Refusal
from tradewind.adapters.payment_gateway.paypal_orders import PayPalOrders, parts_of
from tradewind.adapters.payment_gateway.paypal_reading import (
    DECLINES,
    Authorization,
    MoveShown,
    Order,
    declined,
    moved,
)
from tradewind.adapters.payment_gateway.units import paypal_value
from tradewind.ports.payment_gateway import (
    FoundMove,
    Moved,
    MoveKind,
    MoveOutcome,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Rejected,
    Renewed,
    RenewOutcome,
)

_NOTHING_HELD = Rejected("not_authorised", "nothing is held")


class PayPalMoves:
    def __init__(self, paypal: PayPal, orders: PayPalOrders) -> None:
        self._paypal, self._orders = paypal, orders

    async def capture(
        self, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> MoveOutcome:
        order = await self._order(processor_id)
        if not isinstance(order, Order):
            return order
        earlier = [one for one in order.payments.captures if one.invoice_id == reference]
        if earlier:
            return moved(earlier[-1])
        held = order.authorization(parts_of(processor_id)[1])
        if held is None:
            return _NOTHING_HELD
        left = order.payments.authorizations[0].amount.minor - order.captured_minor
        value = paypal_value(amount_minor, currency)
        if value is None or amount_minor > left:
            return Rejected("max_capture_amount_exceeded", f"{left} of it can be captured")
        body = {
            "amount": {"currency_code": currency, "value": value},
            "invoice_id": reference,
            "final_capture": amount_minor == left,
        }
        path = f"/v2/payments/authorizations/{held.id}/capture"
        return _outcome(await self._paypal.ask("POST", path, MoveShown, body, reference))

    async def refund(
        self, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> MoveOutcome:
        """Over as many captures as it takes, the oldest first. One that stopped half way is gone on with."""
        order = await self._order(processor_id)
        if not isinstance(order, Order):
            return order
        done = _refunds_of(order, reference)
        rest_minor = amount_minor - sum(one.amount.minor for one in done if one.counts)
        plan = _planned(order, rest_minor)
        if plan is None:
            if done:
                return OutcomeUnknown("a part was refunded, and there is not enough left for the rest")
            return Rejected("refund_amount_exceeded", "more than was captured and not refunded")
        outcome: MoveOutcome = moved(done[0]) if done else _NOTHING_HELD
        for number, (capture_id, minor) in enumerate(plan, len(done) + 1):
            value = paypal_value(minor, currency)
            if value is None:
                return Rejected("amount_not_supported", f"PayPal cannot give {minor} of {currency}")
            body = {
                "amount": {"currency_code": currency, "value": value},
                "invoice_id": f"{reference}:{number}:{len(done) + len(plan)}",
            }
            path = f"/v2/payments/captures/{capture_id}/refund"
            request_id = f"{reference}:{capture_id}"
            outcome = _outcome(await self._paypal.ask("POST", path, MoveShown, body, request_id))
            if not isinstance(outcome, Moved):
                return OutcomeUnknown("a part of it was refunded") if number > 1 else outcome
        return outcome

    async def void(self, processor_id: str, reference: str) -> MoveOutcome:
        order = await self._order(processor_id)
        if not isinstance(order, Order):
            return order
        held = order.authorization("")
        if held is None:
            return await self._end(order)
        if order.captured_minor:
            return Rejected("previously_captured", "a part of it was captured")
        return await self._void(order, held, reference)

    async def release(self, processor_id: str, reference: str) -> MoveOutcome:
        order = await self._order(processor_id)
        if not isinstance(order, Order):
            return order
        held = order.authorization("")
        if held is None or not order.captured_minor:
            return Rejected("not_captured", "nothing of it was captured")
        return Moved(order.id) if held.status == "CAPTURED" else await self._void(order, held, reference)

    async def renew(
        self, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> RenewOutcome:
        """Once, from the fourth to the 29th day."""
        order_id, authorization_id = parts_of(processor_id)
        value = paypal_value(amount_minor, currency)
        if not authorization_id or value is None:
            return _NOTHING_HELD
        body = {"amount": {"currency_code": currency, "value": value}}
        path = f"/v2/payments/authorizations/{authorization_id}/reauthorize"
        renewed = await self._paypal.ask("POST", path, Authorization, body, reference)
        if isinstance(renewed, Authorization):
            return Renewed(f"{order_id}:{renewed.id}", renewed.expiration_time)
        if not isinstance(renewed, Refusal):
            return renewed
        if renewed.issue in DECLINES:
            return declined(order_id, renewed.issue)
        if renewed.issue == "REAUTHORIZATION_NOT_SUPPORTED":
            return Rejected("renewal_not_supported", renewed.message)
        return renewed.rejected

    async def find(self, kind: MoveKind, reference: str, processor_id: str) -> FoundMove:
        order = await self._orders.get(parts_of(processor_id)[0])
        if isinstance(order, Refusal):
            return NotFound() if order.status == 404 else OutcomeUnknown(order.issue)
        if not isinstance(order, Order):
            return order
        if kind == "capture":
            found = [one for one in order.payments.captures if one.invoice_id == reference]
            return moved(found[-1]) if found else NotFound()
        if kind == "refund":
            return _found_refund(order, reference)
        held = order.authorization("")
        voided = order.mark == "void" if held is None else held.status == "VOIDED"
        return Moved(order.id) if voided else NotFound()

    async def _order(self, processor_id: str) -> Order | Rejected | NotSent:
        """A question before the move: where it fails the move itself was not sent."""
        order = await self._orders.get(parts_of(processor_id)[0])
        if isinstance(order, Refusal):
            return order.rejected
        return NotSent(order.reason) if isinstance(order, OutcomeUnknown) else order

    async def _end(self, order: Order) -> MoveOutcome:
        """PayPal has no way to cancel an order that is not approved: it is marked, and our word never given."""
        if order.mark == "void":
            return Moved(order.id)
        wrong = await self._orders.mark(order, "void")
        if isinstance(wrong, Refusal):
            # Approved and authorised since it was looked at.
            return OutcomeUnknown(wrong.issue)
        return Moved(order.id) if wrong is None else wrong

    async def _void(self, order: Order, held: Authorization, reference: str) -> MoveOutcome:
        if held.status == "VOIDED":
            return Moved(order.id)
        done = await self._post_void(held.id, reference)
        first = order.payments.authorizations[0]
        if isinstance(done, Refusal) and done.issue == "CANNOT_BE_VOIDED" and first.id != held.id:
            done = await self._post_void(first.id, f"{reference}:first")
        if isinstance(done, Refusal):
            return Moved(order.id) if done.issue == "PREVIOUSLY_VOIDED" else done.rejected
        return Moved(order.id) if isinstance(done, dict) else done

    async def _post_void(
        self, authorization_id: str, reference: str
    ) -> dict[str, Any] | Refusal | NotSent | OutcomeUnknown:
        path = f"/v2/payments/authorizations/{authorization_id}/void"
        return await self._paypal.ask("POST", path, dict[str, Any], {}, reference)


def _outcome(answer: MoveShown | Refusal | NotSent | OutcomeUnknown) -> MoveOutcome:
    if isinstance(answer, MoveShown):
        return moved(answer)
    if not isinstance(answer, Refusal):
        return answer
    return declined("", answer.issue) if answer.issue in DECLINES else answer.rejected


def _refunds_of(order: Order, reference: str) -> list[MoveShown]:
    return [one for one in order.payments.refunds if one.invoice_id.partition(":")[0] == reference]


def _found_refund(order: Order, reference: str) -> FoundMove:
    """A refund in several parts is there when its last one is: NotFound asks for the rest to be sent."""
    done = _refunds_of(order, reference)
    if not done:
        return NotFound()
    number, _, of = done[-1].invoice_id.partition(":")[2].partition(":")
    return moved(done[-1]) if number == of else NotFound()


def _planned(order: Order, amount_minor: int) -> list[tuple[str, int]] | None:
    """Which captures it comes from, and how much from each; None where they do not hold so much."""
    plan, rest_minor = [], amount_minor
    for capture in order.payments.captures:
        back = sum(
            one.amount.minor for one in order.payments.refunds if one.capture_id == capture.id and one.counts
        )
        part = min(rest_minor, capture.amount.minor - back) if capture.counts else 0
        if part > 0:
            plan.append((capture.id, part))
            rest_minor -= part
    return None if rest_minor else plan
