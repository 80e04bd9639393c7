"""What became of something at Stripe: asked by its id, or by our reference."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from stripe import StripeClient, StripeObject

from tradewind.adapters.payment_gateway.stripe_client import Failure, Stripe
from tradewind.adapters.payment_gateway.stripe_reading import (
    Intent,
    Intents,
    Refunds,
    RefundShown,
    presented,
    read,
    refused,
)
from tradewind.ports.payment_gateway import (
    BankDeclined,
    FoundAuthorisation,
    FoundMove,
    Moved,
    MoveKind,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Rejected,
    Sought,
)

PAGE = 100
MOST_PAGES = 10
# Search lags behind by up to a minute; a list does not, but grows with the time that it looks back on.
RECENT_SECONDS = 900.0
SEARCH_LAG_SECONDS = 180.0
EXPANDED = ["latest_charge", "payment_method"]

T = TypeVar("T")
Call = Callable[[StripeClient], Awaitable[StripeObject]]


class Lookup:
    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    async def asked(
        self, call: Call, shape: type[T]
    ) -> T | BankDeclined | Rejected | NotSent | OutcomeUnknown:
        answer = await self._stripe.ask(call)
        if isinstance(answer, bytes):
            return read(answer, shape)
        return refused(answer) if isinstance(answer, Failure) else answer

    async def intent(self, processor_id: str) -> Intent | BankDeclined | Rejected | NotSent | OutcomeUnknown:
        return await self.asked(
            lambda client: client.v1.payment_intents.retrieve_async(processor_id, {"expand": EXPANDED}),
            Intent,
        )

    async def authorisation(self, sought: Sought) -> FoundAuthorisation:
        if sought.processor_id is not None:
            intent = await self.intent(sought.processor_id)
            return presented(intent) if isinstance(intent, Intent) else _of_question(intent)
        now = time.time()
        sent = sought.sent_at.timestamp() if sought.sent_at is not None else 0.0
        recently = now - RECENT_SECONDS
        found = await self._listed(sought.reference, max(min(sent, now) - SEARCH_LAG_SECONDS, recently))
        if isinstance(found, NotFound) and sent < recently:
            found = await self._searched(sought.reference)
        return found

    async def _listed(self, reference: str, since: float) -> FoundAuthorisation:
        """Among the newest: a list knows at once what was made."""
        params: Any = {
            "limit": PAGE,
            "created": {"gte": int(since)},
            "expand": [f"data.{one}" for one in EXPANDED],
        }
        for _ in range(MOST_PAGES):
            page = await self.asked(_listing(params), Intents)
            if not isinstance(page, Intents):
                return _of_question(page)
            for intent in page.data:
                if intent.metadata.get("reference") == reference:
                    return presented(intent)
            if not page.has_more:
                return NotFound()
            params = {**params, "starting_after": page.data[-1].id}
        return await self._searched(reference)

    async def _searched(self, reference: str) -> FoundAuthorisation:
        params: Any = {
            "query": f"metadata['reference']:'{reference}'",
            "limit": 1,
            "expand": [f"data.{one}" for one in EXPANDED],
        }
        page = await self.asked(lambda client: client.v1.payment_intents.search_async(params), Intents)
        if not isinstance(page, Intents):
            return _of_question(page)
        return presented(page.data[0]) if page.data else NotFound()

    async def found_move(self, kind: MoveKind, reference: str, processor_id: str) -> FoundMove:
        if kind == "refund":
            return await self._found_refund(reference, processor_id)
        intent = await self.intent(processor_id)
        if not isinstance(intent, Intent):
            return _of_question(intent)
        if kind == "void":
            return Moved(intent.id) if intent.status == "canceled" else NotFound()
        return Moved(intent.charge_id) if noted(intent, reference) else NotFound()

    async def _found_refund(self, reference: str, processor_id: str) -> FoundMove:
        params: Any = {"payment_intent": processor_id, "limit": PAGE}
        for _ in range(MOST_PAGES):
            page = await self.asked(_refunds(params), Refunds)
            if not isinstance(page, Refunds):
                return _of_question(page)
            for one in page.data:
                if (one.metadata or {}).get("reference") == reference:
                    return refunded(one)
            if not page.has_more:
                return NotFound()
            params = {**params, "starting_after": page.data[-1].id}
        return OutcomeUnknown("there are more refunds than can be looked through")


def _listing(params: Any) -> Call:
    return lambda client: client.v1.payment_intents.list_async(params)


def _refunds(params: Any) -> Call:
    return lambda client: client.v1.refunds.list_async(params)


def note_key(reference: str) -> str:
    """The capture's own place in the metadata: a key there has 40 characters at most."""
    return "capture_" + hashlib.sha256(reference.encode()).hexdigest()[:24]


def noted(intent: Intent, reference: str) -> bool:
    return note_key(reference) in intent.metadata


def refunded(shown: RefundShown) -> Moved | BankDeclined | OutcomeUnknown:
    if shown.status == "succeeded":
        return Moved(shown.id)
    if shown.status in ("failed", "canceled"):
        return BankDeclined("refund_failed", processor_id=shown.id)
    return OutcomeUnknown(f"the refund is {shown.status}")


def _of_question(
    answer: BankDeclined | Rejected | NotSent | OutcomeUnknown,
) -> NotFound | NotSent | OutcomeUnknown:
    """Stripe refuses a question about what it does not have."""
    if isinstance(answer, Rejected):
        return NotFound()
    return OutcomeUnknown(answer.code) if isinstance(answer, BankDeclined) else answer
