"""PayPal's orders: made, approved by the shopper, and made to hold the amount by our word."""

from __future__ import annotations

from typing import Any

from tradewind.adapters.payment_gateway.paypal_api import PayPal, Refusal
from tradewind.adapters.payment_gateway.paypal_reading import (
    DECLINES,
    MARK,
    NETWORK,
    Order,
    declined,
    presented,
)
from tradewind.ports.payment_gateway import (
    AuthoriseOutcome,
    Challenge,
    FoundAuthorisation,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Rejected,
    Voided,
)

Amount = dict[str, str]
_UNDECIDED = OutcomeUnknown("PayPal has not decided yet")


def parts_of(processor_id: str) -> tuple[str, str]:
    """Order and authorization; the latter is empty while nothing is held."""
    order_id, _, authorization_id = processor_id.partition(":")
    return order_id, authorization_id


class PayPalOrders:
    def __init__(self, paypal: PayPal) -> None:
        self._paypal = paypal

    async def authorise(
        self,
        reference: str,
        amount: Amount,
        return_url: str | None,
        vault_id: str | None,
        vault: Amount | None,
        customer: str | None,
    ) -> AuthoriseOutcome:
        made = await self._create(reference, amount, return_url, vault, customer)
        if isinstance(made, Refusal):
            return made.rejected
        if not isinstance(made, Order):
            return made
        if vault_id is not None and not made.payments.authorizations and not made.mark:
            return await self._hold(made, reference, vault_id)
        found = presented(made)
        # Only a repeat can meet these, and then how they came about must be asked.
        return _UNDECIDED if found is None or isinstance(found, Voided) else found

    async def by_id(self, processor_id: str) -> FoundAuthorisation:
        order_id, authorization_id = parts_of(processor_id)
        order = await self.get(order_id)
        if isinstance(order, Refusal):
            return NotFound() if order.status == 404 else OutcomeUnknown(order.issue)
        if not isinstance(order, Order):
            return order
        return await self._found(order, authorization_id)

    async def by_reference(
        self, reference: str, amount: Amount, return_url: str | None
    ) -> FoundAuthorisation:
        """An order that nobody was sent to the page of holds nothing: it is as if it had never been made."""
        made = await self._create(reference, amount, return_url, None, None)
        if isinstance(made, Refusal):
            return OutcomeUnknown(made.issue)
        if not isinstance(made, Order):
            return made
        found = await self.by_id(made.id)
        return NotFound() if isinstance(found, Challenge) else found

    async def get(self, order_id: str) -> Order | Refusal | NotSent | OutcomeUnknown:
        return await self._paypal.ask("GET", f"/v2/checkout/orders/{order_id}", Order)

    async def mark(self, order: Order, mark: str) -> Refusal | NotSent | OutcomeUnknown | None:
        """Write it where every later question finds it. Possible until the order is completed."""
        text = f"{order.reference}{MARK}{mark}"
        path = "/purchase_units/@reference_id=='default'/custom_id"
        change = [{"op": "replace", "path": path, "value": text}]
        done = await self._paypal.ask("PATCH", f"/v2/checkout/orders/{order.id}", dict, change)
        return None if isinstance(done, dict) else done

    async def _create(
        self,
        reference: str,
        amount: Amount,
        return_url: str | None,
        vault: Amount | None,
        customer: str | None,
    ) -> Order | Refusal | NotSent | OutcomeUnknown:
        context: dict[str, Any] = {"shipping_preference": "NO_SHIPPING", "user_action": "PAY_NOW"}
        if return_url is not None:
            context.update(return_url=return_url, cancel_url=return_url)
        wallet: dict[str, Any] = {"experience_context": context}
        if vault is not None:
            wallet["attributes"] = {"vault": vault}
            if customer is not None:
                wallet["attributes"]["customer"] = {"id": customer}
        unit = {"amount": amount, "custom_id": reference, "invoice_id": reference}
        body = {"intent": "AUTHORIZE", "purchase_units": [unit], "payment_source": {"paypal": wallet}}
        return await self._paypal.ask("POST", "/v2/checkout/orders", Order, body, reference)

    async def _found(self, order: Order, authorization_id: str) -> FoundAuthorisation:
        found = presented(order, authorization_id)
        if found is not None:
            return found
        if order.status != "APPROVED":
            return _UNDECIDED
        held = await self._hold(order, order.reference, None)
        if isinstance(held, Rejected):
            return OutcomeUnknown(held.code)
        return OutcomeUnknown(held.reason) if isinstance(held, NotSent) else held

    async def _hold(self, order: Order, reference: str, vault_id: str | None) -> AuthoriseOutcome:
        """Our word that the approved amount be held, or that of an instrument that needs no approval."""
        body = {} if vault_id is None else {"payment_source": {"paypal": {"vault_id": vault_id}}}
        path = f"/v2/checkout/orders/{order.id}/authorize"
        held = await self._paypal.ask("POST", path, Order, body, f"{reference}:hold")
        if isinstance(held, Order):
            found = presented(held)
            return _UNDECIDED if found is None or isinstance(found, Voided) else found
        if not isinstance(held, Refusal):
            return held
        if held.issue == "ORDER_ALREADY_AUTHORIZED":
            return OutcomeUnknown("it was authorised meanwhile")
        if held.issue in ("ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED"):
            return Challenge(order.id, order.approval_url, NETWORK)
        if held.issue not in DECLINES:
            return held.rejected
        # So that asking again is not trying again; where this cannot be written, PayPal is asked anew.
        await self.mark(order, f"declined{MARK}{held.issue}")
        return declined(order.id, held.issue)
