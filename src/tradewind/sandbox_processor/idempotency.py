"""One request, one effect: whatever is repeated under a key is answered as it was the first time.

As at Stripe, the answer to a request that got as far as the rules is kept, a refusal too. What never
got there (a body that does not fit, a fault before any effect) leaves nothing, and may be sent again.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from tradewind.sandbox_processor import store
from tradewind.sandbox_processor.cards import TestCard
from tradewind.sandbox_processor.faults import Trouble, next_trouble
from tradewind.sandbox_processor.http import Answer, Request, problem_answer
from tradewind.sandbox_processor.processor import Processor
from tradewind.sandbox_processor.refusals import Refusal, invalid_request
from tradewind.sandbox_processor.rows import StoredAnswer
from tradewind.sandbox_processor.wire import OperationKind

KEPT_REFUSALS = (402, 409)
_KEY = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request to move money. `work` does it, in a transaction; it is told whether to decline."""

    merchant: str
    key: str
    request_hash: bytes
    kind: OperationKind
    reference: str
    card: TestCard | None
    work: Callable[[bool], object]


def idempotency_key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        message = "An Idempotency-Key header of 1 to 255 visible characters is needed."
        raise invalid_request("idempotency_key_missing", message, "Idempotency-Key")
    return key


def request_hash(request: Request, command: object) -> bytes:
    """What makes two requests the same: where they go and what they ask, not how it is spelt."""
    canonical = msgspec.json.encode(command, order="sorted")
    return hashlib.sha256(request.path.encode() + b"\0" + canonical).digest()


async def carry_out_once(processor: Processor, request: Request, attempt: Attempt) -> Answer | None:
    """The answer, the first one where there was one; None when a fault hung up instead."""
    answered_before = _check_key(processor, attempt)
    trouble = next_trouble(
        processor, attempt.merchant, attempt.kind, attempt.reference, attempt.card, answered_before
    )
    match trouble:
        case Trouble("timeout_before", seconds):
            await request.connection.close_after(seconds, processor.stopping)
            return None
        case Trouble("connection_reset"):
            await request.connection.reset()
            return None
        case Trouble("error_500"):
            message = "Something went wrong here. Nothing was done."
            raise Refusal(500, "api_error", "internal_error", message)
        case Trouble("slow", seconds):
            with _under_way(processor, attempt):
                await asyncio.sleep(seconds)
    answer = _settle(processor, attempt, decline=trouble is not None and trouble.kind == "decline")
    if trouble is not None and trouble.kind == "timeout_after":
        await request.connection.close_after(trouble.seconds, processor.stopping)
        return None
    return answer


def _check_key(processor: Processor, attempt: Attempt) -> bool:
    """Whether this request was answered before; a Refusal where its key is in use otherwise."""
    busy_with = processor.under_way.get((attempt.merchant, attempt.key))
    kept = store.find_answer(processor.db, attempt.merchant, attempt.key)
    known_hash = kept.request_hash if kept else busy_with
    if known_hash is not None and known_hash != attempt.request_hash:
        message = "This Idempotency-Key came with another request before."
        raise Refusal(400, "idempotency_error", "idempotency_key_reused", message, "Idempotency-Key")
    if busy_with is not None:
        message = "The first request with this Idempotency-Key is still under way."
        raise Refusal(409, "idempotency_error", "idempotency_key_in_use", message, "Idempotency-Key")
    return kept is not None


@contextmanager
def _under_way(processor: Processor, attempt: Attempt) -> Iterator[None]:
    place = (attempt.merchant, attempt.key)
    processor.under_way[place] = attempt.request_hash
    try:
        yield
    finally:
        del processor.under_way[place]


def _settle(processor: Processor, attempt: Attempt, decline: bool) -> Answer:
    """Do the work and keep its answer, in one transaction; or repeat the answer that was kept.

    Nothing is awaited here, so no other request comes between the look and the keeping.
    """
    kept = store.find_answer(processor.db, attempt.merchant, attempt.key)
    if kept is not None:
        answer = _answer_from(kept)
        answer.headers["idempotent-replayed"] = "true"
        return answer
    try:
        with store.transaction(processor.db):
            result = attempt.work(decline)
            fresh = StoredAnswer(attempt.request_hash, 201, msgspec.json.encode(result))
            store.insert_answer(processor.db, attempt.merchant, attempt.key, fresh)
    except Refusal as refusal:
        if refusal.status not in KEPT_REFUSALS:
            raise
        fresh = StoredAnswer(attempt.request_hash, refusal.status, problem_answer(refusal).body)
        store.insert_answer(processor.db, attempt.merchant, attempt.key, fresh)
    return _answer_from(fresh)


def _answer_from(kept: StoredAnswer) -> Answer:
    content_type = "application/json" if kept.status < 400 else "application/problem+json"
    return Answer(kept.status, kept.body, content_type)
