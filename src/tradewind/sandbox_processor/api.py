"""What a merchant's server asks for, in JSON: tokens, authorisations, what follows them, the log."""

import datetime as dt
import re
from functools import partial

from tradewind.sandbox_processor import disputes, instruments, operations, settlements, store, webhooks
from tradewind.sandbox_processor.cards import TEST_CARDS, Card, behaviour_of, check_card
from tradewind.sandbox_processor.http import Answer, Request, json_answer
from tradewind.sandbox_processor.idempotency import (
    Attempt,
    carry_out_once,
    idempotency_key,
    request_hash,
)
from tradewind.sandbox_processor.origins import check_return_url
from tradewind.sandbox_processor.processor import Processor, new_id, timestamp
from tradewind.sandbox_processor.refusals import Refusal, invalid_request, not_found
from tradewind.sandbox_processor.wire import (
    Authorise,
    CardDetails,
    Effect,
    Evidence,
    Faults,
    MoveAmount,
    OpenDispute,
    Operation,
    Token,
    Void,
    WebhookEndpoint,
    decode,
)

_KEY = re.compile(r"(sk|pk)_sandbox_([A-Za-z0-9_-]{1,64})")

# Any page may make a token: that is what the publishable key is for.
ANY_ORIGIN = {"access-control-allow-origin": "*"}
LONGEST_LOG_PAGE = 1_000_000
LONGEST_SETTLEMENT = 15_000


async def create_token(processor: Processor, request: Request) -> Answer:
    merchant = _merchant(request, secret=False)
    return json_answer(201, make_token(processor, merchant, decode(request.body, CardDetails)))


async def allow_any_origin(processor: Processor, request: Request) -> Answer:
    """The answer to a browser that asks first (CORS)."""
    headers = {
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "600",
    }
    return Answer(204, headers=headers)


def make_token(processor: Processor, merchant: str, details: CardDetails) -> Token:
    """Put a card in the vault. The cardholder's name and the security code are not kept."""
    card: Card = check_card(details, dt.datetime.now(dt.UTC).date())
    token = new_id("tok")
    sealed = processor.vault.seal(token, card.number)
    return store.insert_card(processor.db, merchant, token, card, sealed, timestamp())


async def authorise(processor: Processor, request: Request) -> Answer | None:
    merchant, key = _merchant(request), idempotency_key(request)
    command = decode(request.body, Authorise)
    if command.return_url is not None:
        check_return_url(command.return_url, processor.options.return_origins)
    card = store.find_card(processor.db, merchant, command.token)
    if card is None:
        raise invalid_request("token_not_found", "This merchant has no such token.", "token")
    behaviour = behaviour_of(processor.vault.unseal(card.token, card.sealed_number))
    digest = request_hash(request, command)
    work = partial(operations.authorise, processor, merchant, command, digest, card, behaviour)
    attempt = Attempt(merchant, key, digest, "authorise", command.reference, behaviour, work)
    return await carry_out_once(processor, request, attempt)


async def capture(processor: Processor, request: Request) -> Answer | None:
    merchant, key = _merchant(request), idempotency_key(request)
    command = decode(request.body, MoveAmount)
    digest = request_hash(request, command)
    work = partial(operations.capture, processor, merchant, request.path_values["id"], command, digest)
    attempt = Attempt(merchant, key, digest, "capture", command.reference, None, work)
    return await carry_out_once(processor, request, attempt)


async def refund(processor: Processor, request: Request) -> Answer | None:
    merchant, key = _merchant(request), idempotency_key(request)
    command = decode(request.body, MoveAmount)
    digest = request_hash(request, command)
    work = partial(operations.refund, processor, merchant, request.path_values["id"], command, digest)
    attempt = Attempt(merchant, key, digest, "refund", command.reference, None, work)
    return await carry_out_once(processor, request, attempt)


async def void(processor: Processor, request: Request) -> Answer | None:
    merchant, key = _merchant(request), idempotency_key(request)
    command = decode(request.body, Void)
    digest = request_hash(request, command)
    work = partial(operations.void, processor, merchant, request.path_values["id"], command, digest)
    attempt = Attempt(merchant, key, digest, "void", command.reference, None, work)
    return await carry_out_once(processor, request, attempt)


async def release(processor: Processor, request: Request) -> Answer | None:
    merchant, key = _merchant(request), idempotency_key(request)
    command = decode(request.body, Void)
    digest = request_hash(request, command)
    work = partial(operations.release, processor, merchant, request.path_values["id"], command, digest)
    attempt = Attempt(merchant, key, digest, "void", command.reference, None, work)
    return await carry_out_once(processor, request, attempt)


async def delete_instrument(processor: Processor, request: Request) -> Answer:
    """A card that was saved is not taken any more."""
    if not instruments.delete_instrument(processor.db, _merchant(request), request.path_values["id"]):
        raise not_found("instrument")
    return Answer(204)


async def get_authorisation(processor: Processor, request: Request) -> Answer:
    return json_answer(200, operations.find(processor, _merchant(request), request.path_values["id"]))


async def list_authorisations(processor: Processor, request: Request) -> Answer:
    found = store.list_authorisations(processor.db, _merchant(request), _reference(request))
    return json_answer(200, {"items": [operations.present(processor, stored) for stored in found]})


async def list_operations(processor: Processor, request: Request) -> Answer:
    found = store.find_operation(processor.db, _merchant(request), _reference(request))
    items: list[Operation] = [found[0]] if found else []
    return json_answer(200, {"items": items})


async def list_log(processor: Processor, request: Request) -> Answer:
    """Every effect on this merchant's money, in order; `after` a sequence, `limit` of them, if asked."""
    after = _whole_number(request, "after", default=0)
    limit = _whole_number(request, "limit", default=LONGEST_LOG_PAGE)
    effects: list[Effect] = store.list_effects(processor.db, _merchant(request), after, limit)
    return json_answer(200, effects)


async def get_settlement(processor: Processor, request: Request) -> Answer:
    """CSV of what moved the balance, `after` a sequence; `x-last-sequence` is where the next file begins after."""
    after = _whole_number(request, "after", default=0)
    limit = _whole_number(request, "limit", default=LONGEST_SETTLEMENT)
    content, last = settlements.settlement_file(
        processor, _merchant(request), after, min(limit, LONGEST_SETTLEMENT)
    )
    return Answer(200, content, "text/csv; charset=utf-8", {"x-last-sequence": str(last)})


async def put_webhook_endpoint(processor: Processor, request: Request) -> Answer:
    merchant = _merchant(request)
    endpoint = decode(request.body, WebhookEndpoint)
    webhooks.set_endpoint(processor, merchant, endpoint)
    return json_answer(200, {"url": endpoint.url})


async def open_dispute(processor: Processor, request: Request) -> Answer:
    command = decode(request.body, OpenDispute)
    with store.transaction(processor.db):
        dispute = disputes.open_dispute(processor, _merchant(request), command)
    return json_answer(201, dispute)


async def get_dispute(processor: Processor, request: Request) -> Answer:
    return json_answer(200, disputes.find(processor, _merchant(request), request.path_values["id"]))


async def answer_dispute(processor: Processor, request: Request) -> Answer:
    evidence = decode(request.body, Evidence)
    with store.transaction(processor.db):
        dispute = disputes.answer(processor, _merchant(request), request.path_values["id"], evidence)
    return json_answer(200, dispute)


async def accept_dispute(processor: Processor, request: Request) -> Answer:
    with store.transaction(processor.db):
        dispute = disputes.accept(processor, _merchant(request), request.path_values["id"])
    return json_answer(200, dispute)


async def put_faults(processor: Processor, request: Request) -> Answer:
    merchant = _merchant(request)
    ordered = decode(request.body, Faults).faults
    with store.transaction(processor.db):
        store.replace_faults(processor.db, merchant, ordered)
    return json_answer(200, Faults(store.list_faults(processor.db, merchant)))


async def get_faults(processor: Processor, request: Request) -> Answer:
    return json_answer(200, Faults(store.list_faults(processor.db, _merchant(request))))


async def delete_faults(processor: Processor, request: Request) -> Answer:
    store.replace_faults(processor.db, _merchant(request), [])
    return Answer(204)


async def list_test_cards(processor: Processor, request: Request) -> Answer:
    return json_answer(200, {"items": TEST_CARDS})


async def get_health(processor: Processor, request: Request) -> Answer:
    return json_answer(200, {"status": "ok"})


def merchant_of(key: str, secret: bool) -> str:
    """The merchant that a key names, or a Refusal; a publishable key does where none is secret."""
    match = _KEY.fullmatch(key)
    if match is None:
        message = "A key is sk_sandbox_ or pk_sandbox_ and the merchant's name."
        raise Refusal(401, "authentication_error", "invalid_key", message)
    if secret and match[1] != "sk":
        message = "This needs the secret key."
        raise Refusal(403, "authentication_error", "secret_key_required", message)
    return match[2]


def _merchant(request: Request, secret: bool = True) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Refusal(401, "authentication_error", "key_missing", "Send Authorization: Bearer and a key.")
    return merchant_of(key.strip(), secret)


def _reference(request: Request) -> str:
    reference = request.query.get("reference", "")
    if not reference:
        raise invalid_request("parameter_missing", "The query needs a reference.", "reference")
    return reference


def _whole_number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise invalid_request("invalid_parameter", f"{name} is a whole number.", name)
    return int(text)
