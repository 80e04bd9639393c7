"""Events to merchants, signed as in Standard Webhooks and sent until they are accepted.

An event is written in the transaction of what it tells of; the loop below reads it again until the
endpoint answers 2xx or the tries are used up.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import sys
import time
from urllib.parse import urlsplit

import msgspec

from tradewind.sandbox_processor import faults, store
from tradewind.sandbox_processor.origins import check_webhook_url
from tradewind.sandbox_processor.processor import Processor, new_id, timestamp
from tradewind.sandbox_processor.refusals import invalid_request
from tradewind.sandbox_processor.rows import DueEvent
from tradewind.sandbox_processor.wire import Authorisation, Event, EventData, Operation, WebhookEndpoint

SECRET_PREFIX = "whsec_"  # noqa: S105 (the mark of a secret, not one)
SHORTEST_SECRET_BYTES = 24
LONGEST_SECRET_BYTES = 64
LONGEST_WAIT_SECONDS = 60.0
AT_ONCE = 16


def set_endpoint(processor: Processor, merchant: str, endpoint: WebhookEndpoint) -> None:
    """Where this merchant's events go from now on."""
    check_webhook_url(endpoint.url)
    signing_key(endpoint.secret)
    store.upsert_webhook_endpoint(processor.db, merchant, endpoint)


def add_event(
    processor: Processor,
    merchant: str,
    type_: str,
    authorisation: Authorisation,
    operation: Operation,
    dispute: str | None = None,
) -> None:
    """Put an event on its way, in the caller's transaction; nothing where no endpoint is set."""
    if store.find_webhook_endpoint(processor.db, merchant) is None:
        return
    deliveries = faults.webhook_deliveries(processor, merchant, operation.kind)
    if deliveries == 0:
        return
    body = msgspec.json.encode(Event(type_, timestamp(), EventData(authorisation, operation, dispute)))
    store.insert_event(processor.db, merchant, new_id("evt"), body, deliveries, time.time())
    processor.event_added.set()


async def deliver_forever(processor: Processor) -> None:
    """Send what is due, AT_ONCE at a time; ends by being cancelled."""
    store.make_every_event_due(processor.db, time.time())
    sending: set[asyncio.Task[None]] = set()
    async with asyncio.TaskGroup() as group:
        while True:
            processor.event_added.clear()
            for event in _claim(processor, AT_ONCE - len(sending)):
                task = group.create_task(_deliver(processor, event))
                sending.add(task)
                task.add_done_callback(sending.discard)
                task.add_done_callback(lambda _: processor.event_added.set())
            await _until_due(processor, busy=len(sending) >= AT_ONCE)


def signature(secret: str, id_: str, timestamp_seconds: int, body: bytes) -> str:
    signed = f"{id_}.{timestamp_seconds}.".encode() + body
    digest = hmac.new(signing_key(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def signing_key(secret: str) -> bytes:
    """The bytes of a secret; Standard Webhooks asks for 24 to 64 of them."""
    refusal = invalid_request(
        "invalid_secret", "A secret is whsec_ and the base64 of 24 to 64 bytes.", "secret"
    )
    if not secret.startswith(SECRET_PREFIX):
        raise refusal
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise refusal from None
    if not SHORTEST_SECRET_BYTES <= len(key) <= LONGEST_SECRET_BYTES:
        raise refusal
    return key


def _claim(processor: Processor, limit: int) -> list[DueEvent]:
    now = time.time()
    claimed_until = now + 2 * processor.options.webhook_timeout_seconds
    return store.claim_due_events(processor.db, now, claimed_until, limit)


async def _until_due(processor: Processor, busy: bool) -> None:
    due_at = None if busy else store.next_due_at(processor.db)
    wait_seconds = LONGEST_WAIT_SECONDS if due_at is None else max(0.0, due_at - time.time())
    try:
        async with asyncio.timeout(wait_seconds):
            await processor.event_added.wait()
    except TimeoutError:
        return


async def _deliver(processor: Processor, event: DueEvent) -> None:
    endpoint = store.find_webhook_endpoint(processor.db, event.merchant)
    assert endpoint is not None, "an endpoint is replaced, never removed"
    outcome = await _post(endpoint, event, processor.options.webhook_timeout_seconds)
    accepted = outcome.isdigit() and 200 <= int(outcome) < 300
    if accepted:
        store.record_delivery(processor.db, event.id, time.time(), timestamp())
    else:
        store.postpone_event(processor.db, event.id, _next_attempt_at(processor, event.attempts))
    if processor.options.verbose:
        print(f"webhook {event.id} try {event.attempts}: {outcome}", file=sys.stderr, flush=True)


def _next_attempt_at(processor: Processor, attempts: int) -> float | None:
    """Twice the wait after each try, up to a minute; None when the tries are used up."""
    if attempts >= processor.options.webhook_tries:
        return None
    wait_seconds = processor.options.webhook_retry_seconds * 2.0 ** (attempts - 1)
    return time.time() + min(wait_seconds, LONGEST_WAIT_SECONDS)


async def _post(endpoint: WebhookEndpoint, event: DueEvent, timeout_seconds: float) -> str:
    """The status that the endpoint answered with, or the name of what went wrong instead.

    Redirects are not followed, and of the answer only its first line is read.
    """
    try:
        async with asyncio.timeout(timeout_seconds):
            return await _exchange(endpoint, event)
    except (OSError, TimeoutError, ValueError) as error:
        return type(error).__name__


async def _exchange(endpoint: WebhookEndpoint, event: DueEvent) -> str:
    parts = urlsplit(endpoint.url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=secure or None)
    try:
        writer.write(_request_bytes(endpoint, event))
        await writer.drain()
        status_line = await reader.readline()
    finally:
        writer.close()
    version, _, rest = status_line.decode("latin-1").partition(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError("not an HTTP answer")
    return rest[:3]


def _request_bytes(endpoint: WebhookEndpoint, event: DueEvent) -> bytes:
    parts = urlsplit(endpoint.url)
    now_seconds = int(time.time())
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = (
        f"POST {target} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Content-Type: application/json",
        f"Content-Length: {len(event.body)}",
        "User-Agent: tradewind-sandbox-processor",
        "Connection: close",
        f"webhook-id: {event.id}",
        f"webhook-timestamp: {now_seconds}",
        f"webhook-signature: {signature(endpoint.secret, event.id, now_seconds, event.body)}",
    )
    return "\r\n".join((*lines, "", "")).encode("latin-1") + event.body
