"""The JSON that is spoken: what a request may hold and what an answer holds."""

import re
from typing import Annotated, Literal, TypeVar

import msgspec

from tradewind.sandbox_processor.refusals import invalid_request

Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
AmountMinor = Annotated[int, msgspec.Meta(ge=1, le=999_999_999_999)]
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
Url = Annotated[str, msgspec.Meta(max_length=2000)]

OperationKind = Literal["authorise", "capture", "void", "refund"]
AuthorisationStatus = Literal["authorised", "declined", "action_required", "voided"]
OperationStatus = Literal["succeeded", "declined", "pending"]
DeclineCode = Literal[
    "card_declined", "insufficient_funds", "expired_card", "do_not_honour", "authentication_failed"
]
FaultKind = Literal[
    "timeout_before",
    "timeout_after",
    "error_500",
    "slow",
    "connection_reset",
    "decline",
    "webhook_duplicate",
    "webhook_drop",
]


class CardDetails(msgspec.Struct, forbid_unknown_fields=True):
    number: str
    exp_month: int
    exp_year: int
    cvc: str
    name: str | None = None


class Token(msgspec.Struct):
    token: str
    network: str
    last4: str
    exp_month: int
    exp_year: int


class Authorise(msgspec.Struct, forbid_unknown_fields=True):
    reference: Reference
    amount_minor: AmountMinor
    currency: Currency
    token: str
    return_url: Url | None = None
    metadata: dict[str, str] = {}
    save: bool = False
    customer: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class MoveAmount(msgspec.Struct, forbid_unknown_fields=True):
    """A capture or a refund."""

    reference: Reference
    amount_minor: AmountMinor


class Void(msgspec.Struct, forbid_unknown_fields=True):
    reference: Reference


class Operation(msgspec.Struct):
    id: str
    authorisation_id: str
    kind: OperationKind
    reference: str
    amount_minor: int
    status: OperationStatus
    created_at: str


class Instrument(msgspec.Struct):
    """A saved card: its id is taken wherever a token is."""

    id: str
    customer: str


class Authorisation(msgspec.Struct):
    id: str
    reference: str
    status: AuthorisationStatus
    amount_minor: int
    currency: str
    captured_minor: int
    refunded_minor: int
    decline_code: DeclineCode | None
    soft_decline: bool
    action_url: str | None
    network: str
    last4: str
    metadata: dict[str, str]
    created_at: str
    operations: list[Operation]
    instrument: Instrument | None


class Moved(msgspec.Struct):
    """What a capture, a void or a refund answers: itself, and the authorisation after it."""

    operation: Operation
    authorisation: Authorisation


class Effect(msgspec.Struct):
    """A line of the log: something that did happen to a cardholder's money."""

    sequence: int
    kind: OperationKind
    authorisation_id: str
    reference: str
    amount_minor: int
    currency: str
    at: str


class Fault(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    operation: Literal["authorise", "capture", "void", "refund", "any"]
    kind: FaultKind
    times: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    seconds: Annotated[float, msgspec.Meta(ge=0, le=600)] | None = None


class Faults(msgspec.Struct, forbid_unknown_fields=True):
    faults: list[Fault]


class WebhookEndpoint(msgspec.Struct, forbid_unknown_fields=True):
    url: Url
    secret: str


class OpenDispute(msgspec.Struct, forbid_unknown_fields=True):
    """What a cardholder does at the bank, on command: of the authorisation with this reference."""

    reference: Reference
    reason: Annotated[str, msgspec.Meta(max_length=100)] = "product_not_received"


class Evidence(msgspec.Struct, forbid_unknown_fields=True):
    explanation: Annotated[str, msgspec.Meta(max_length=5000)]
    details: dict[str, str] = {}


class Dispute(msgspec.Struct):
    id: str
    reference: str
    amount_minor: int
    currency: str
    reason: str
    status: str
    evidence_due_at: str


class EventData(msgspec.Struct, omit_defaults=True):
    authorisation: Authorisation
    operation: Operation
    dispute: str | None = None


class Event(msgspec.Struct):
    """The body of a webhook, in the shape that Standard Webhooks asks for."""

    type: str
    timestamp: str
    data: EventData


class Problem(msgspec.Struct):
    type: str
    code: str
    message: str
    field: str | None


_Body = TypeVar("_Body")
_PLACE = re.compile(r"at `\$\.?([^`]+)`")
_NAMED_FIELD = re.compile(r"field `([^`]+)`")
_LONG_NUMBER = re.compile(r"[0-9]{9,}")


def decode(body: bytes, type_: type[_Body]) -> _Body:
    """The request's body as `type_`; a Refusal that names the field where it does not fit."""
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.ValidationError as error:
        message = _LONG_NUMBER.sub("...", str(error))
        place = _NAMED_FIELD.search(message) or _PLACE.search(message)
        raise invalid_request("invalid_parameter", message, place and place[1]) from None
    except msgspec.DecodeError:
        raise invalid_request("malformed_json", "The body is not JSON.") from None
