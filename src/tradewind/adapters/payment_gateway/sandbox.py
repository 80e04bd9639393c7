"""The payment gateway port on the sandbox card processor, over its HTTP interface.

A mutation is sent once a call: whether to send it again is the payment service's to decide, after asking.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import msgspec

from tradewind.adapters.payment_gateway.exchange import (
    Keys,
    LineSettings,
    Reply,
    both_live,
    open_line,
    origin_of,
)
from tradewind.adapters.payment_gateway.sandbox_reading import (
    Authorisations,
    AuthorisationShown,
    DisputeShown,
    EventShown,
    MovedShown,
    Operations,
    Problem,
    moved,
    presented,
)
from tradewind.adapters.payment_gateway.sandbox_settlement import read_sandbox
from tradewind.adapters.payment_gateway.standard_webhooks import signing_key, verified_id
from tradewind.kernel.errors import Unavailable
from tradewind.kernel.settings import SettingsError
from tradewind.ports.payment_gateway import (
    AuthoriseOutcome,
    BankDeclined,
    CheckoutDetails,
    DisputeOutcome,
    Evidence,
    ForgetOutcome,
    FoundAuthorisation,
    FoundDispute,
    FoundMove,
    Moved,
    MoveKind,
    MoveOutcome,
    NotFound,
    Notice,
    NotSent,
    OutcomeUnknown,
    Rejected,
    RenewOutcome,
    SavedSource,
    Sought,
    Source,
    Voided,
    WalletSource,
    WebhookRefused,
)

NETWORKS = ("visa", "mastercard", "amex", "discover", "diners", "jcb", "unionpay")
# Refused before the processor looked at what was asked: our key is wrong, or we asked too often.
_NOT_LOOKED_AT = (401, 403, 429)
# It knows this key or reference, from a request that is under way or that differs: asking will tell.
_ASK_INSTEAD = ("idempotency_key_in_use", "idempotency_key_reused", "reference_in_use")

T = TypeVar("T")


class ProcessorSettings(LineSettings, Protocol):
    """What the adapter reads of the payment service's settings."""

    @property
    def processor_url(self) -> str: ...
    @property
    def processor_public_url(self) -> str: ...
    @property
    def processor_secret_key(self) -> str: ...
    @property
    def processor_publishable_key(self) -> str: ...
    @property
    def processor_webhook_secret(self) -> str: ...


def open_gateway(settings: ProcessorSettings) -> SandboxGateway:
    """Connects when it is first used. Raises SettingsError for a webhook secret that is none."""
    try:
        return SandboxGateway(settings)
    except ValueError as error:
        raise SettingsError(f"TRADEWIND_PAYMENT_PROCESSOR_WEBHOOK_SECRET: {error}") from error


class SandboxGateway:
    name = "sandbox"

    def __init__(self, settings: ProcessorSettings) -> None:
        self._settings = settings
        self._url = settings.processor_url.rstrip("/")
        self._keys = Keys(both_live(settings.processor_secret_key))
        self._secrets = both_live(settings.processor_webhook_secret)
        self._signing_keys = [signing_key(secret) for secret in self._secrets]
        self._line = open_line(settings)

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
        if isinstance(source, WalletSource):
            return Rejected("source_not_supported", f"the sandbox processor has no {source.kind!r}")
        body: dict[str, Any] = {
            "reference": reference,
            "amount_minor": amount_minor,
            "currency": currency,
            "token": source.method if isinstance(source, SavedSource) else source.token,
            "return_url": return_url,
        }
        if save:
            body.update(save=True, customer=customer)
        answer = await self._send("/v1/authorisations", reference, body, AuthorisationShown)
        if not isinstance(answer, AuthorisationShown):
            return answer
        found = presented(answer)
        # Only a repeat can meet a void, and then how it came about must be asked.
        return OutcomeUnknown("it was voided since") if isinstance(found, Voided) else found

    async def capture(
        self, *, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> MoveOutcome:
        return await self._move(processor_id, "captures", reference, amount_minor)

    async def refund(
        self, *, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> MoveOutcome:
        return await self._move(processor_id, "refunds", reference, amount_minor)

    async def void(self, *, processor_id: str, reference: str) -> MoveOutcome:
        return await self._move(processor_id, "voids", reference, None)

    async def release(self, *, processor_id: str, reference: str) -> MoveOutcome:
        return await self._move(processor_id, "releases", reference, None)

    async def renew(
        self, *, processor_id: str, reference: str, amount_minor: int, currency: str
    ) -> RenewOutcome:
        return Rejected("renewal_not_supported", "what the sandbox processor holds does not lapse")

    async def forget(self, saved: SavedSource) -> ForgetOutcome:
        reply = await self._exchange("DELETE", f"/v1/instruments/{quote(saved.method, safe='')}", {}, None)
        if not isinstance(reply, tuple):
            return reply
        if reply[0] == 404:
            return NotFound()
        return Moved(saved.method) if reply[0] == 204 else OutcomeUnknown(f"{reply[0]}")

    async def find_authorisation(self, sought: Sought) -> FoundAuthorisation:
        answer = await self._ask("/v1/authorisations", sought.reference, Authorisations)
        if not isinstance(answer, Authorisations):
            return answer
        return presented(answer.items[0]) if answer.items else NotFound()

    async def find_move(self, kind: MoveKind, reference: str, processor_id: str) -> FoundMove:
        answer = await self._ask("/v1/operations", reference, Operations)
        if not isinstance(answer, Operations):
            return answer
        return moved(answer.items[0]) if answer.items else NotFound()

    async def find_dispute(self, dispute_id: str) -> FoundDispute:
        reply = await self._exchange("GET", f"/v1/disputes/{quote(dispute_id, safe='')}", {}, None)
        if not isinstance(reply, tuple):
            return reply
        if reply[0] == 404:
            return NotFound()
        found = _decoded(reply[1], DisputeShown) if reply[0] == 200 else OutcomeUnknown(f"{reply[0]}")
        return found if isinstance(found, OutcomeUnknown) else found.told()

    async def submit_evidence(self, *, dispute_id: str, reference: str, evidence: Evidence) -> DisputeOutcome:
        details = {
            "carrier": evidence.carrier,
            "tracking_number": evidence.tracking_number,
            "shipped_on": evidence.shipped_on,
        }
        body = {"explanation": evidence.explanation, "details": details}
        return await self._answer(dispute_id, "evidence", body)

    async def accept_dispute(self, *, dispute_id: str, reference: str) -> DisputeOutcome:
        return await self._answer(dispute_id, "acceptance", {})

    async def _answer(self, dispute_id: str, what: str, body: dict[str, Any]) -> DisputeOutcome:
        """Where it was answered before, as after an answer that was lost, it is Rejected: ask how it is."""
        path = f"/v1/disputes/{quote(dispute_id, safe='')}/{what}"
        reply = await self._exchange("POST", path, {}, body)
        if not isinstance(reply, tuple):
            return reply
        status, answer = reply
        if status == 200:
            return Moved(dispute_id)
        if status == 404:
            return NotFound()
        problem = _problem(answer)
        if status == 409:
            return Rejected(problem.code, problem.message)
        return OutcomeUnknown(f"{status} {problem.code}")

    async def read_webhook(self, headers: Mapping[bytes, bytes], body: bytes, now: datetime) -> Notice:
        webhook_id = verified_id(self._signing_keys, headers, body, now)
        try:
            event = msgspec.json.decode(body, type=EventShown)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise WebhookRefused(f"the signed body cannot be read: {error}", forged=False) from error
        named = (event.data.dispute,) if event.data.dispute else ()
        return Notice(webhook_id, event.data.said(), named, event.type)

    read_settlement = staticmethod(read_sandbox)

    def checkout(self) -> CheckoutDetails:
        public_url = (self._settings.processor_public_url or self._url).rstrip("/")
        return CheckoutDetails(
            self.name,
            self._settings.processor_publishable_key,
            f"{public_url}/v1/tokens",
            f"{public_url}/hosted/card-form",
            NETWORKS,
            saves=True,
            pages=(origin_of(public_url),),
        )

    async def set_webhook_endpoint(self, url: str) -> None:
        """Have the processor send its webhooks to `url`, signed with our secret. Raises Unavailable."""
        body = {"url": url, "secret": self._secrets[0]}
        reply = await self._exchange("PUT", "/v1/webhook-endpoint", {}, body)
        if not isinstance(reply, tuple) or reply[0] != 200:
            raise Unavailable("processor_unavailable", f"the webhook endpoint could not be set: {reply}")

    async def close(self) -> None:
        await self._line.close()

    async def _move(
        self, processor_id: str, what: str, reference: str, amount_minor: int | None
    ) -> MoveOutcome:
        body: dict[str, Any] = {"reference": reference}
        if amount_minor is not None:
            body["amount_minor"] = amount_minor
        answer = await self._send(f"/v1/authorisations/{processor_id}/{what}", reference, body, MovedShown)
        return moved(answer.operation) if isinstance(answer, MovedShown) else answer

    async def _send(
        self, path: str, reference: str, body: dict[str, Any], shape: type[T]
    ) -> T | BankDeclined | Rejected | NotSent | OutcomeUnknown:
        """A mutation, under `reference` as its idempotency key."""
        reply = await self._exchange("POST", path, {"idempotency-key": reference}, body)
        if not isinstance(reply, tuple):
            return reply
        status, answer = reply
        if status < 300:
            return _decoded(answer, shape)
        problem = _problem(answer)
        if status in _NOT_LOOKED_AT:
            return NotSent(f"{status} {problem.code}")
        # Without a problem's code it was not the processor that answered, but something on the way.
        if status >= 500 or not problem.code or problem.code in _ASK_INSTEAD:
            return OutcomeUnknown(f"{status} {problem.code}")
        if status == 402:
            return BankDeclined(problem.code)
        return Rejected(problem.code, problem.message)

    async def _ask(self, path: str, reference: str, shape: type[T]) -> T | NotSent | OutcomeUnknown:
        reply = await self._exchange("GET", path, {}, None, params={"reference": reference})
        if not isinstance(reply, tuple):
            return reply
        status, answer = reply
        if status != 200:
            return OutcomeUnknown(f"{status} {_problem(answer).code}")
        return _decoded(answer, shape)

    async def _exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: dict[str, Any] | None,
        params: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes] | NotSent | OutcomeUnknown:
        """Status and body of one exchange. A key that is not known had no effect: another one is tried."""
        while True:
            key = self._keys.current
            reply = await self._line.send(
                method,
                self._url + path,
                {"content-type": "application/json", "authorization": f"Bearer {key}", **headers},
                None if body is None else msgspec.json.encode(body),
                params,
            )
            if not isinstance(reply, Reply):
                return reply
            if reply.status != 401 or not self._keys.refused(key):
                return reply.status, reply.body


def _decoded(body: bytes, shape: type[T]) -> T | OutcomeUnknown:
    """An answer that cannot be read came after something happened: what, must be asked."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return OutcomeUnknown(f"the answer cannot be read: {error}")


def _problem(body: bytes) -> Problem:
    try:
        return msgspec.json.decode(body, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Problem(message=body[:200].decode("utf-8", "replace"))
