"""The sandbox card processor in the same process: its own code and rules, with time and ids from the world.

What the network may do to a request is the world's to choose: it never arrives, its answer is lost, it arrives
after its sender gave up on it, or twice.
"""

from __future__ import annotations

import datetime as real_datetime
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from tests.simulation.schedule import ANSWER_LOST, LATE, LOST, TWICE, current
from tradewind import sandbox_processor
from tradewind.adapters.payment_gateway.choice import ChosenGateways
from tradewind.adapters.payment_gateway.exchange import Reply
from tradewind.adapters.payment_gateway.sandbox import SandboxGateway
from tradewind.ports.payment_gateway import NotSent, OutcomeUnknown
from tradewind.sandbox_processor import app, operations, processor, store, webhooks
from tradewind.sandbox_processor.cards import TEST_CARDS, Card
from tradewind.sandbox_processor.http import Request, problem_answer
from tradewind.sandbox_processor.options import Options
from tradewind.sandbox_processor.processor import Processor
from tradewind.sandbox_processor.refusals import Refusal
from tradewind.sandbox_processor.vault import Vault
from tradewind.sandbox_processor.wire import WebhookEndpoint

MERCHANT = "tradewind"
WEBHOOK_URL = "http://127.0.0.1:9/v1/webhooks/sandbox"
EPOCH = real_datetime.datetime(2026, 1, 5, 8, tzinfo=real_datetime.UTC)


class _Chance:
    """Stands for `secrets` in the processor."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def token_hex(self, count: int) -> str:
        return self._rng.randbytes(count).hex()


class _WorldsTime:
    """Stands for `datetime` and `time` in the processor."""

    UTC = real_datetime.UTC
    date = real_datetime.date

    class datetime:  # noqa: N801 - the name that it stands for
        @staticmethod
        def now(zone: real_datetime.tzinfo) -> real_datetime.datetime:
            return (EPOCH + real_datetime.timedelta(milliseconds=current().now_ms)).astimezone(zone)

    @staticmethod
    def time() -> float:
        return EPOCH.timestamp() + current().now_ms / 1000


class Bank:
    """One world's processor: its merchant's money, and the webhooks that it has to send."""

    def __init__(self, rng: Random, webhook_secret: str) -> None:
        db = sqlite3.connect(":memory:", isolation_level=None)
        db.executescript((Path(sandbox_processor.__file__).parent / "schema.sql").read_text())
        options = Options(public_url="http://bank", hang_seconds=0.0, slow_seconds=0.0)
        self.processor = Processor(options, db, Vault(bytes(32)))
        self.webhook_secret = webhook_secret
        self.silent = False  # no webhook arrives in this world: all must be asked for
        self.dawdles = False  # what fails on the way to it arrives most often, long after it was given up on
        vars(processor).update(secrets=_Chance(rng), dt=_WorldsTime)
        vars(webhooks).update(time=_WorldsTime)
        webhooks.set_endpoint(self.processor, MERCHANT, WebhookEndpoint(WEBHOOK_URL, webhook_secret))

    def card(self, number: str) -> str:
        """A token for this test card."""
        network = next(card.network for card in TEST_CARDS if card.number == number)
        token = processor.new_id("tok")
        sealed = self.processor.vault.seal(token, number)
        now = processor.timestamp()
        store.insert_card(self.processor.db, MERCHANT, token, Card(number, network, 12, 2040), sealed, now)
        return token

    async def answer(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes]:
        request = Request(method, path, query, headers, body, connection=None)  # type: ignore[arg-type]
        try:
            answer = await app._route(request)(self.processor, request)
        except Refusal as refusal:
            answer = problem_answer(refusal)
        assert answer is not None, "faults are the world's, not the cards'"
        return answer.status, answer.body

    def decide(self, action_url: str, approved: bool) -> None:
        """The shopper's word on the bank's page."""
        with store.transaction(self.processor.db):
            operations.settle_challenge(self.processor, action_url.rsplit("/", 1)[1], approved)

    def due_webhooks(self) -> list[tuple[str, dict[bytes, bytes], bytes]]:
        """What is to be sent now, signed: id, headers, body."""
        if self.silent:
            return []
        now = _WorldsTime.time()
        due = store.claim_due_events(self.processor.db, now, now + 5, 16)
        return [(event.id, self._signed(event.id, event.body), event.body) for event in due]

    def webhook_sent(self, id_: str, *, accepted: bool) -> None:
        now = _WorldsTime.time()
        if accepted:
            store.record_delivery(self.processor.db, id_, now, processor.timestamp())
        else:
            store.postpone_event(self.processor.db, id_, now + 1.0)

    def _signed(self, id_: str, body: bytes) -> dict[bytes, bytes]:
        seconds = int(_WorldsTime.time())
        signature = webhooks.signature(self.webhook_secret, id_, seconds, body)
        return {
            b"webhook-id": id_.encode(),
            b"webhook-timestamp": str(seconds).encode(),
            b"webhook-signature": signature.encode(),
            b"content-type": b"application/json",
        }


class Line:
    """Stands for the adapter's connections to the processor: the network between is the world's."""

    def __init__(self, banks: Banks) -> None:
        self._banks = banks

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Reply | NotSent | OutcomeUnknown:
        bank, path = self._banks.bank, urlsplit(url).path
        sent = {name.lower(): value for name, value in headers.items()}

        async def arrive() -> Reply:
            status, answer = await bank.answer(method, path, params or {}, sent, body or b"")
            return Reply(status, {}, answer)

        async def arrive_late() -> None:
            await current().sleep(
                current().rng.choice((20.0, 45.0) if bank.dawdles else (0.05, 1.0, 20.0, 45.0))
            )
            await arrive()

        name = f"bank {method} {path.split('/')[-1]}"
        ways = _WAYS[:4] if method == "GET" else _WAYS + (LATE,) * 6 if bank.dawdles else _WAYS
        lost_from_sight = bank.dawdles and method == "POST" and path.endswith("/authorisations")
        wrong = await current().turn(name, ways, exposed=100.0 if lost_from_sight else 5.0)
        if wrong == "no connection":
            return NotSent("no connection was had")
        if wrong == LOST:
            return OutcomeUnknown("no answer came")
        if wrong == "error 500":
            return Reply(500, {}, b'{"code": "internal_error"}')
        if wrong in (LATE, TWICE):
            current().start(f"late {name}", None, arrive_late())
            if wrong == LATE:
                return OutcomeUnknown("no answer came")
        answer = await arrive()
        return OutcomeUnknown("no answer came") if wrong == ANSWER_LOST else answer

    async def close(self) -> None:
        return None


def gateways(settings: Any, banks: Banks) -> ChosenGateways:
    """The shipped adapter of the sandbox processor, its wire replaced by the world's."""
    gateway = SandboxGateway(settings)
    gateway._line = Line(banks)  # type: ignore[assignment]
    return ChosenGateways({"sandbox": gateway})


_WAYS = (LOST, "no connection", "error 500", ANSWER_LOST, LATE, TWICE)


class Banks:
    """The bank of the world that is on: gateways live longer than worlds."""

    bank: Bank
