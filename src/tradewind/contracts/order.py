"""What the order service tells the others. Each event carries what its hearers need of its own moment: a mail
that is rendered later says what was true when it happened."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from tradewind.contracts.common import Address, Money
from tradewind.kernel.events import Event


class PiecesToShip(msgspec.Struct, frozen=True):
    """Of a SKU as it was ordered: `quantity` pieces may be picked and packed now, `parcelled` are in parcels that
    are packed or left."""

    sku: str
    quantity: int
    parcelled: int


class ToShip(msgspec.Struct, frozen=True):
    """What of an order may leave now. `stopped` says why nothing of it may: staff hold it, its money is neither held
    nor here, or it ended."""

    order_id: UUID
    stopped: Literal["held", "unpaid", "ended"] | None
    lines: list[PiecesToShip]


class Orders(Protocol):
    async def to_ship(self, order_ids: list[UUID]) -> list[ToShip]:
        """Of those that are orders, in no order. Pieces that are kept back, for a return or until they are paid for,
        are left out; those of a parcel that was asked for and is not packed are in `quantity`."""
        ...


class OrderedLine(msgspec.Struct, frozen=True):
    """`product_id` is None for what is in no catalogue: a line that staff wrote."""

    sku: str
    product_id: UUID | None
    title: str
    quantity: int
    unit_price_minor: int
    total_minor: int  # after its share of discounts
    category: str = ""  # the primary category's path when it was ordered
    image_url: str | None = None
    later_quantity: int = 0  # of `quantity`, when it was ordered: back-ordered or pre-ordered
    expected_at: datetime | None = None  # of these, where it is known


class OrderTotals(msgspec.Struct, frozen=True):
    """Of the whole order, in minor units of its currency: items - discount + shipping + tax added = total.
    `tax_minor` is all tax within the total; where prices include tax, none is added."""

    items_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    tax_added_minor: int = 0


class Buyer(msgspec.Struct, frozen=True):
    """Whom to tell, and in which language. `sealed_token` is there for a guest: it opens with
    Sealer(secret_key, "order.link") at place str(order_id), and the token within opens the order's page."""

    email: str
    name: str
    language: str = "en"
    account_id: UUID | None = None
    sealed_token: bytes | None = None


class AwaitedTransfer(msgspec.Struct, frozen=True):
    """What the buyer is to transfer, and where: `account` as the shop words it, empty where it says none. Until
    `pay_by` the money must have begun to arrive; None: there is no such day."""

    amount: Money
    account: str
    reference: str
    pay_by: datetime | None = None


class OrderPlaced(Event, tag="order.placed"):
    """Paid for (or as good as) and its stock held: it will be shipped. With `pickup`, the code of one of the shop's
    places, it is collected there by who is named in `shipping_address`, whose city is the place's name."""

    order_id: UUID
    number: str
    buyer: Buyer
    total: Money
    totals: OrderTotals
    lines: list[OrderedLine]
    shipping_address: Address
    shipping_method: str
    cart_id: UUID | None = None
    discount_code: str | None = None
    pickup: str | None = None
    transfer: AwaitedTransfer | None = None


class OrderPaymentFailed(Event, tag="order.payment_failed"):
    """The card was declined; the order waits for another until `decide_by` and is cancelled then."""

    order_id: UUID
    number: str
    buyer: Buyer
    total: Money
    code: str
    decide_by: datetime | None = None


class OrderCancelled(Event, tag="order.cancelled"):
    """Final. Whoever holds stock or money for it gives it back. `was_placed`: the buyer had been promised it."""

    order_id: UUID
    number: str
    reason: str
    buyer: Buyer
    total: Money
    was_placed: bool


class OrderHeld(Event, tag="order.held"):
    """Staff stopped it, for `reason`, or let it go on (`held` false). While it is held nothing is captured for it."""

    order_id: UUID
    number: str
    held: bool
    reason: str | None = None


class OrderDraftSent(Event, tag="order.draft_sent"):
    """Staff put an order together; the buyer may look at it and pay it until `pay_by`. Told again when it is sent
    again."""

    order_id: UUID
    number: str
    buyer: Buyer
    total: Money
    lines: list[OrderedLine]
    message: str
    pay_by: datetime


class ShippedLine(msgspec.Struct, frozen=True):
    sku: str
    title: str
    quantity: int


class OrderLinesCancelled(Event, tag="order.lines_cancelled"):
    """These pieces are never to be shipped, and `amount` of the order's total never to be had: it comes to `total`
    now. `complete` when nothing is left to ship by it: what is authorised beyond what was captured may be let go."""

    order_id: UUID
    number: str
    cancellation_id: UUID
    buyer: Buyer
    lines: list[ShippedLine]
    amount: Money
    reason: str
    complete: bool
    total: Money | None = None  # events of before do not say it


class OrderReadyForCollection(Event, tag="order.ready_for_collection"):
    """Pieces of it are packed and wait at `place` (`pickup` is its code) for `collector`. `complete` when nothing
    of the order is left to pack."""

    order_id: UUID
    number: str
    fulfilment_id: UUID
    buyer: Buyer
    lines: list[ShippedLine]
    pickup: str
    place: str
    collector: str
    complete: bool


class OrderFulfilled(Event, tag="order.fulfilled"):
    """A parcel left, or was handed over at `pickup`. `complete` when nothing is left to ship."""

    order_id: UUID
    number: str
    fulfilment_id: UUID
    buyer: Buyer
    lines: list[ShippedLine]
    carrier: str
    tracking_number: str
    complete: bool
    tracking_url: str | None = None  # where the carrier is known
    pickup: str | None = None


class OrderDelivered(Event, tag="order.delivered"):
    """A parcel arrived; `complete` with it all of the order. Of a collected one the buyer knows: it was handed over to
    them at `pickup`."""

    order_id: UUID
    number: str
    fulfilment_id: UUID
    buyer: Buyer
    lines: list[ShippedLine]
    pickup: str | None = None
    complete: bool = True


class OrderRefunded(Event, tag="order.refunded"):
    """`amount` went back to the card by this refund; `refunded` in all."""

    order_id: UUID
    number: str
    refund_id: UUID
    buyer: Buyer
    amount: Money
    refunded: Money
    total: Money


class ReturnRequested(Event, tag="order.return_requested"):
    """Somebody wants to send these back; staff approve or refuse it."""

    order_id: UUID
    number: str
    return_id: UUID
    return_number: str
    buyer: Buyer
    lines: list[ShippedLine]
    by_customer: bool


class ReturnApproved(Event, tag="order.return_approved"):
    """The customer may send them. `label` is its reference, or where it is found; both may be empty."""

    order_id: UUID
    number: str
    return_id: UUID
    return_number: str
    buyer: Buyer
    lines: list[ShippedLine]
    carrier: str
    label: str
    message: str


class ReturnRefused(Event, tag="order.return_refused"):
    order_id: UUID
    number: str
    return_id: UUID
    return_number: str
    buyer: Buyer
    lines: list[ShippedLine]
    reason: str


class ReturnReceived(Event, tag="order.return_received"):
    """A parcel of it was opened: `lines` came with this one. `complete` when nothing is missing any more."""

    order_id: UUID
    number: str
    return_id: UUID
    return_number: str
    receipt_id: UUID
    buyer: Buyer
    lines: list[ShippedLine]
    complete: bool


class EditProposed(Event, tag="order.edit_proposed"):
    """The customer is asked to agree to a change of their order. `total` is what it comes to then, `due` what is
    to be paid more, `refund` what goes back."""

    order_id: UUID
    number: str
    edit_id: UUID
    buyer: Buyer
    total: Money
    due: Money
    refund: Money
    message: str


class OrderEdited(Event, tag="order.edited"):
    """The order is another one now: `lines` and `totals` are as they hold. `due` is yet to be paid, in all. Of an
    exchange, returned pieces paid `credited_minor` of it; `refund` of any other was captured above the new total.
    `more` and `fewer` are the pieces that came and went by this edit, `newly_due_minor` what is due by it alone."""

    order_id: UUID
    number: str
    edit_id: UUID
    buyer: Buyer
    total: Money
    totals: OrderTotals
    lines: list[OrderedLine]
    shipping_address: Address
    shipping_method: str
    due: Money
    refund: Money
    reason: str
    credited_minor: int = 0
    exchange: bool = False
    more: list[ShippedLine] = []
    fewer: list[ShippedLine] = []
    newly_due_minor: int = 0


class ExchangeConfirmed(Event, tag="order.exchange_confirmed"):
    """`returned` are to come back (as the return of that number), `sent` are held for the customer in their place."""

    order_id: UUID
    number: str
    edit_id: UUID
    return_id: UUID
    return_number: str
    buyer: Buyer
    returned: list[ShippedLine]
    sent: list[ShippedLine]
    due: Money
    refund: Money


class ClaimRequested(Event, tag="order.claim_requested"):
    """Something arrived damaged, wrong or not at all. `kind` is damaged, missing, wrong_item or other."""

    order_id: UUID
    number: str
    claim_id: UUID
    buyer: Buyer
    kind: str
    lines: list[ShippedLine]
    by_customer: bool


class ClaimDecided(Event, tag="order.claim_decided"):
    """`outcome` is refund (of `amount`), replacement (`lines` are sent free of charge) or refusal."""

    order_id: UUID
    number: str
    claim_id: UUID
    buyer: Buyer
    outcome: str
    message: str
    amount: Money
    lines: list[ShippedLine]


class CartAbandoned(Event, tag="order.cart_abandoned"):
    """Nobody touched this cart for a while (TRADEWIND_ORDER_ABANDONED_AFTER_SECONDS); told once a cart, and again
    only after it was changed. `value` is what its lines cost as last priced, without shipping."""

    cart_id: UUID
    account_id: UUID | None
    email: str | None
    value: Money
    lines: list[OrderedLine]


ORDER_LINK = "order.link"  # the purpose under which Buyer.sealed_token is sealed
