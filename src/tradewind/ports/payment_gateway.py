"""A card processor, as the payment service needs it: hold, take, let go, give back, ask what became of it.

Every call that moves money carries our own `reference`. It is the processor's idempotency key and the name to
ask by later, so sending it twice has one effect. A call answers what is known, never a guess:

    NotSent         it certainly had no effect, and may yet: no connection, over a limit, breaker open
    Rejected        it certainly had no effect, and will not as it is
    OutcomeUnknown  no answer came, or the processor does not know itself yet: ask by `reference`

These are answers, not exceptions; an exception is a bug. Amounts are minor units of their currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from tradewind.ports.settlement import SettlementColumns, SettlementLine

MoveKind = Literal["capture", "refund", "void"]


@dataclass(frozen=True, slots=True)
class TokenSource:
    """What the processor's own form made of what the shopper typed in: one payment's worth of a card."""

    token: str


@dataclass(frozen=True, slots=True)
class SavedSource:
    """An instrument that an earlier payment saved with the shopper's consent: its customer and itself, as the
    processor calls them."""

    customer: str
    method: str


@dataclass(frozen=True, slots=True)
class WalletSource:
    """The shopper chooses how to pay on a page of the wallet's: `paypal`, or a kind that the processor offers."""

    kind: str


Source = TokenSource | SavedSource | WalletSource


@dataclass(frozen=True, slots=True)
class Approved:
    """The amount is held on the card until it is captured or voided, or the bank lets it lapse, which it does
    at `expires_at` where the processor says when. `saved`: what a later payment may be made with.
    `captures_once`: what a first capture leaves is let go of with it."""

    processor_id: str
    network: str = ""
    last4: str = ""
    saved: SavedSource | None = None
    expires_at: datetime | None = None
    captures_once: bool = False


@dataclass(frozen=True, slots=True)
class BankDeclined:
    """Final for this reference. `retryable`: the same card may work another time."""

    code: str
    retryable: bool = False
    processor_id: str | None = None
    network: str = ""
    last4: str = ""


@dataclass(frozen=True, slots=True)
class Challenge:
    """The shopper must confirm at `url` (3-D Secure, or the processor's own page) before it is decided."""

    processor_id: str
    url: str
    network: str = ""
    last4: str = ""


@dataclass(frozen=True, slots=True)
class Voided:
    """What was held was let go: by us, or by someone in the processor's own dashboard."""

    processor_id: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The capture, refund or void had its effect. `processor_id` is its own."""

    processor_id: str


@dataclass(frozen=True, slots=True)
class Renewed:
    """It is held until `expires_at` anew. From here on the authorisation is known by this `processor_id`."""

    processor_id: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotFound:
    """The processor knows no such reference. A request that is still on its way may yet arrive."""


@dataclass(frozen=True, slots=True)
class Rejected:
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class NotSent:
    reason: str


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    reason: str


AuthoriseOutcome = Approved | BankDeclined | Challenge | Rejected | NotSent | OutcomeUnknown
FoundAuthorisation = Approved | BankDeclined | Challenge | Voided | NotFound | NotSent | OutcomeUnknown
MoveOutcome = Moved | BankDeclined | Rejected | NotSent | OutcomeUnknown
FoundMove = Moved | BankDeclined | NotFound | NotSent | OutcomeUnknown
RenewOutcome = Renewed | BankDeclined | Rejected | NotSent | OutcomeUnknown
ForgetOutcome = Moved | NotFound | Rejected | NotSent | OutcomeUnknown


@dataclass(frozen=True, slots=True)
class Sought:
    """An authorisation that is asked about: what was asked for, and what is known of it. `sent_at` is when it
    was first sent, or before; without `processor_id` the processor is asked by our own reference."""

    reference: str
    amount_minor: int
    currency: str
    sent_at: datetime | None = None
    processor_id: str | None = None
    return_url: str | None = None


DisputeStatus = Literal["needs_response", "under_review", "won", "lost"]


@dataclass(frozen=True, slots=True)
class Dispute:
    """A payment that the shopper's bank, or the wallet, took back until it is decided. `reference` is ours of
    the authorisation; `fee_minor` what the processor charges for it, where it says so."""

    dispute_id: str
    reference: str
    amount_minor: int
    currency: str
    reason: str
    status: DisputeStatus
    evidence_due_at: datetime | None = None
    fee_minor: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the shop. Texts only; a processor takes what it has a place for."""

    explanation: str
    carrier: str = ""
    tracking_number: str = ""
    shipped_on: str = ""
    customer_name: str = ""
    customer_email: str = ""
    product_description: str = ""


FoundDispute = Dispute | NotFound | NotSent | OutcomeUnknown
DisputeOutcome = Moved | NotFound | Rejected | NotSent | OutcomeUnknown


@dataclass(frozen=True, slots=True)
class Said:
    """What a webhook says of one of our references, as far as it says so. One that says what is not so, or names
    as `processor_id` the authorisation of something else, is not of ours."""

    reference: str
    amount_minor: int | None = None
    currency: str | None = None
    processor_id: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook whose signature is good. It says what to ask about, and is never believed beyond that:
    our references, and the processor's ids of disputes. `kind` is the processor's word for what happened."""

    webhook_id: str
    said: tuple[Said, ...]
    disputes: tuple[str, ...] = ()
    kind: str = ""

    @property
    def references(self) -> tuple[str, ...]:
        return tuple(one.reference for one in self.said)


class WebhookRefused(Exception):
    """The signature is missing, wrong or too old (`forged`), or the signed body is not what was agreed."""

    def __init__(self, message: str, *, forged: bool) -> None:
        super().__init__(message)
        self.forged = forged


@dataclass(frozen=True, slots=True)
class CheckoutDetails:
    """What a browser needs to turn a card into a token without the number passing through the shop.

    `card_form_url` is a page of the processor's that stands in a frame; `script_url` a script of its own that
    draws the fields into a page of the shop's, which lets it come from `origins` and speak to them. A processor
    with neither takes no card here. `wallets`: what a WalletSource may name. `pages`: the origins of the pages
    that a shopper may be sent to, to confirm.
    """

    processor: str
    publishable_key: str = ""
    tokens_url: str = ""
    card_form_url: str = ""
    networks: tuple[str, ...] = ()
    script_url: str = ""
    origins: tuple[str, ...] = ()
    wallets: tuple[str, ...] = ()
    saves: bool = False
    pages: tuple[str, ...] = ()

    @property
    def takes_cards(self) -> bool:
        return bool(self.card_form_url or self.script_url)


class PaymentGateway(Protocol):
    """`processor_id` is what the processor called the authorisation: an adapter whose processor captures or
    refunds by another id finds that one from it."""

    @property
    def name(self) -> str:
        """Which processor this is: the last part of its webhooks' path."""
        ...

    async def authorise(
        self,
        *,
        reference: str,
        amount_minor: int,
        currency: str,
        source: Source,
        return_url: str | None,
        save: bool = False,
        customer: str | None = None,
    ) -> AuthoriseOutcome:
        """Hold the amount for a later capture. `return_url` is where a challenge sends the shopper back to.

        `save` keeps the instrument at the processor, for `customer` where an earlier one made that. A source
        that this processor does not know is Rejected with `source_not_supported`.
        A repeat may answer what was first answered: ask find_authorisation for how it is now.
        """
        ...

    async def capture(
        self, *, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> MoveOutcome:
        """Take all or part of what is held. A processor that captures once Rejects a second part."""
        ...

    async def refund(
        self, *, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> MoveOutcome:
        """Give back all or part of what was captured."""
        ...

    async def void(self, *, processor_id: str, reference: str) -> MoveOutcome:
        """Let go of what is held, of which nothing was captured; an open challenge ends with it."""
        ...

    async def release(self, *, processor_id: str, reference: str) -> MoveOutcome:
        """Let go of what is left after a part was captured: the last capture was the last. Where nothing is
        left, as after a processor that captures once, it is Moved all the same; so is a repeat."""
        ...

    async def renew(
        self, *, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> RenewOutcome:
        """Hold what is left for another while. A processor that cannot Rejects with `renewal_not_supported`."""
        ...

    async def forget(self, saved: SavedSource) -> ForgetOutcome:
        """Delete an instrument at the processor, for good. NotFound: it was already."""
        ...

    async def find_authorisation(self, sought: Sought) -> FoundAuthorisation:
        """How the authorisation with our reference is now. Where the shopper approved it on a page of the
        processor's and the processor waits for our word to hold the amount, asking gives that word."""
        ...

    async def find_move(self, kind: MoveKind, reference: str, processor_id: str) -> FoundMove:
        """What became of the capture, refund or void with our reference."""
        ...

    async def find_dispute(self, dispute_id: str) -> FoundDispute:
        """How a dispute is now."""
        ...

    async def submit_evidence(self, *, dispute_id: str, reference: str, evidence: Evidence) -> DisputeOutcome:
        """Send what speaks for us to whoever decides: once, for good."""
        ...

    async def accept_dispute(self, *, dispute_id: str, reference: str) -> DisputeOutcome:
        """Let the shopper have the money: it is lost from now on."""
        ...

    async def read_webhook(self, headers: Mapping[bytes, bytes], body: bytes, now: datetime) -> Notice:
        """Verify and read what the processor sent. Header names are lower case. Raises WebhookRefused."""
        ...

    def read_settlement(
        self, content: bytes, columns: SettlementColumns | None = None
    ) -> list[SettlementLine]:
        """What a settlement file of this processor's says; with `columns`, one of any other make. Raises
        SettlementUnreadable."""
        ...

    def checkout(self) -> CheckoutDetails: ...

    async def close(self) -> None: ...


class Gateways(Protocol):
    """The processors that this shop has. The first of `names` is the one that is asked where nothing says
    otherwise; a payment stays with the processor that it was begun with, so none is taken off that still
    holds something."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def named(self, name: str) -> PaymentGateway:
        """Raises KeyError for a processor that this shop does not have."""
        ...

    async def close(self) -> None: ...
