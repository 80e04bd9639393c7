"""The rules: what may be authorised, captured, voided and refunded, and what each leaves behind.

Each function runs inside the caller's transaction and raises a Refusal before it has written
anything. An amount moves by one guarded UPDATE; its operation, its line in the log and its webhook
are written with it.
"""

import msgspec

from tradewind.sandbox_processor import instruments, store
from tradewind.sandbox_processor.cards import Outcome, TestCard
from tradewind.sandbox_processor.processor import Processor, new_id, timestamp
from tradewind.sandbox_processor.refusals import Refusal, card_error, conflict, not_found
from tradewind.sandbox_processor.rows import StoredAuthorisation, StoredCard
from tradewind.sandbox_processor.webhooks import add_event
from tradewind.sandbox_processor.wire import (
    Authorisation,
    Authorise,
    DeclineCode,
    Instrument,
    MoveAmount,
    Moved,
    Operation,
    OperationKind,
    OperationStatus,
    Void,
)

_OPERATION_STATUS: dict[Outcome, OperationStatus] = {
    "authorised": "succeeded",
    "declined": "declined",
    "action_required": "pending",
}


def authorise(
    processor: Processor,
    merchant: str,
    command: Authorise,
    request_hash: bytes,
    card: StoredCard,
    behaviour: TestCard,
    decline: bool,
) -> Authorisation:
    """Hold the amount, or record why the bank did not; `decline` is an ordered fault."""
    earlier = _earlier(processor, merchant, command.reference, request_hash)
    if earlier is not None:
        return present(processor, _owned(processor, merchant, earlier.authorisation_id))
    outcome: Outcome = "declined" if decline else behaviour.outcome
    decline_code: DeclineCode | None = "card_declined" if decline else behaviour.decline_code
    stored = StoredAuthorisation(
        id=new_id("auth"),
        merchant=merchant,
        reference=command.reference,
        status=outcome,
        amount_minor=command.amount_minor,
        currency=command.currency,
        captured_minor=0,
        refunded_minor=0,
        decline_code=decline_code,
        soft_decline=behaviour.soft_decline and not decline,
        challenge_id=new_id("chal") if outcome == "action_required" else None,
        return_url=command.return_url,
        network=card.network,
        last4=card.last4,
        metadata=msgspec.json.encode(command.metadata).decode(),
        created_at=timestamp(),
    )
    store.insert_authorisation(processor.db, stored)
    if command.save:
        instrument = Instrument(new_id("ins"), command.customer or new_id("cus"))
        instruments.insert_instrument(processor.db, merchant, instrument, card.token, stored.id)
    operation = _record(
        processor,
        stored,
        "authorise",
        command.reference,
        command.amount_minor,
        request_hash,
        status=_OPERATION_STATUS[outcome],
    )
    authorisation = present(processor, stored)
    add_event(processor, merchant, "authorisation.updated", authorisation, operation)
    return authorisation


def capture(
    processor: Processor,
    merchant: str,
    authorisation_id: str,
    command: MoveAmount,
    request_hash: bytes,
    decline: bool,
) -> Moved:
    """Take all or part of what is authorised; the rest stays authorised."""
    before = _owned(processor, merchant, authorisation_id)
    earlier = _earlier(processor, merchant, command.reference, request_hash)
    if earlier is not None:
        return Moved(earlier, present(processor, before))
    if before.status != "authorised":
        raise _invalid_state("captured", before)
    _refuse_if_declined(decline)
    if not store.add_captured(processor.db, authorisation_id, command.amount_minor):
        raise _too_large("captured", before.amount_minor - before.captured_minor)
    return _moved(processor, before, "capture", command.reference, command.amount_minor, request_hash)


def refund(
    processor: Processor,
    merchant: str,
    authorisation_id: str,
    command: MoveAmount,
    request_hash: bytes,
    decline: bool,
) -> Moved:
    """Give back all or part of what was captured and not refunded yet."""
    before = _owned(processor, merchant, authorisation_id)
    earlier = _earlier(processor, merchant, command.reference, request_hash)
    if earlier is not None:
        return Moved(earlier, present(processor, before))
    if before.status != "authorised":
        raise _invalid_state("refunded", before)
    _refuse_if_declined(decline)
    if not store.add_refunded(processor.db, authorisation_id, command.amount_minor):
        raise _too_large("refunded", before.captured_minor - before.refunded_minor)
    return _moved(processor, before, "refund", command.reference, command.amount_minor, request_hash)


def void(
    processor: Processor,
    merchant: str,
    authorisation_id: str,
    command: Void,
    request_hash: bytes,
    decline: bool,
) -> Moved:
    """Let go of an authorisation of which nothing was captured; a challenge not answered yet ends too."""
    before = _owned(processor, merchant, authorisation_id)
    earlier = _earlier(processor, merchant, command.reference, request_hash)
    if earlier is not None:
        return Moved(earlier, present(processor, before))
    _refuse_if_declined(decline)
    if not store.set_voided(processor.db, authorisation_id):
        raise _invalid_state("voided", before)
    if before.status == "action_required":
        _end_pending_operation(processor, before, "declined")
    held_minor = before.amount_minor if before.status == "authorised" else 0
    return _moved(processor, before, "void", command.reference, held_minor, request_hash)


def release(
    processor: Processor,
    merchant: str,
    authorisation_id: str,
    command: Void,
    request_hash: bytes,
    decline: bool,
) -> Moved:
    """Let go of what is left after a part was captured."""
    before = _owned(processor, merchant, authorisation_id)
    earlier = _earlier(processor, merchant, command.reference, request_hash)
    if earlier is not None:
        return Moved(earlier, present(processor, before))
    _refuse_if_declined(decline)
    if not store.release_rest(processor.db, authorisation_id):
        raise _invalid_state("released", before)
    rest_minor = before.amount_minor - before.captured_minor
    return _moved(processor, before, "void", command.reference, rest_minor, request_hash)


def settle_challenge(processor: Processor, challenge_id: str, approved: bool) -> StoredAuthorisation:
    """The shopper's word. The first word counts: after it, this changes nothing."""
    before = challenged(processor, challenge_id)
    status: Outcome = "authorised" if approved else "declined"
    decline_code: DeclineCode | None = None if approved else "authentication_failed"
    if not store.settle_challenge(processor.db, before.id, status, decline_code):
        return before
    after = challenged(processor, challenge_id)
    operation = _end_pending_operation(processor, after, _OPERATION_STATUS[status])
    if approved:
        store.insert_effect(processor.db, after.merchant, operation, after.currency, timestamp())
    add_event(processor, after.merchant, "authorisation.updated", present(processor, after), operation)
    return after


def challenged(processor: Processor, challenge_id: str) -> StoredAuthorisation:
    stored = store.find_challenged(processor.db, challenge_id)
    if stored is None:
        raise not_found("challenge")
    return stored


def find(processor: Processor, merchant: str, authorisation_id: str) -> Authorisation:
    return present(processor, _owned(processor, merchant, authorisation_id))


def present(processor: Processor, stored: StoredAuthorisation) -> Authorisation:
    """The authorisation as its merchant sees it, with its operations in order."""
    waiting = stored.status == "action_required"
    return Authorisation(
        id=stored.id,
        reference=stored.reference,
        status=stored.status,
        amount_minor=stored.amount_minor,
        currency=stored.currency,
        captured_minor=stored.captured_minor,
        refunded_minor=stored.refunded_minor,
        decline_code=stored.decline_code,
        soft_decline=bool(stored.soft_decline),
        action_url=f"{processor.options.public_url}/challenge/{stored.challenge_id}" if waiting else None,
        network=stored.network,
        last4=stored.last4,
        metadata=msgspec.json.decode(stored.metadata, type=dict[str, str]),
        created_at=stored.created_at,
        operations=store.list_operations(processor.db, stored.id),
        instrument=instruments.find_instrument(processor.db, stored.id),
    )


def _owned(processor: Processor, merchant: str, authorisation_id: str) -> StoredAuthorisation:
    stored = store.find_authorisation(processor.db, merchant, authorisation_id)
    if stored is None:
        raise not_found("authorisation")
    return stored


def _earlier(processor: Processor, merchant: str, reference: str, request_hash: bytes) -> Operation | None:
    """The operation that this very request made before, under whichever idempotency key."""
    found = store.find_operation(processor.db, merchant, reference)
    if found is None:
        return None
    operation, made_by = found
    if made_by != request_hash:
        raise conflict("reference_in_use", "Another operation has this reference.", "reference")
    return operation


def _moved(
    processor: Processor,
    before: StoredAuthorisation,
    kind: OperationKind,
    reference: str,
    amount_minor: int,
    request_hash: bytes,
) -> Moved:
    operation = _record(processor, before, kind, reference, amount_minor, request_hash, "succeeded")
    authorisation = find(processor, before.merchant, before.id)
    add_event(processor, before.merchant, f"{kind}.succeeded", authorisation, operation)
    return Moved(operation, authorisation)


def _record(
    processor: Processor,
    authorisation: StoredAuthorisation,
    kind: OperationKind,
    reference: str,
    amount_minor: int,
    request_hash: bytes,
    status: OperationStatus,
) -> Operation:
    """Write the operation, and its effect when it had one on money."""
    now = timestamp()
    operation = Operation(new_id("op"), authorisation.id, kind, reference, amount_minor, status, now)
    store.insert_operation(processor.db, authorisation.merchant, operation, request_hash)
    if status == "succeeded" and amount_minor > 0:
        store.insert_effect(processor.db, authorisation.merchant, operation, authorisation.currency, now)
    return operation


def _end_pending_operation(
    processor: Processor, authorisation: StoredAuthorisation, status: OperationStatus
) -> Operation:
    operation = store.list_operations(processor.db, authorisation.id)[0]
    assert (operation.kind, operation.status) == ("authorise", "pending")
    store.set_operation_status(processor.db, operation.id, status)
    operation.status = status
    return operation


def _refuse_if_declined(decline: bool) -> None:
    if decline:
        raise card_error("card_declined", "The bank declined this operation.")


def _invalid_state(done: str, authorisation: StoredAuthorisation) -> Refusal:
    captured = " and partly or wholly captured" if authorisation.captured_minor else ""
    message = f"An authorisation that is {authorisation.status}{captured} cannot be {done}."
    return conflict("invalid_state", message)


def _too_large(done: str, rest_minor: int) -> Refusal:
    return conflict("amount_too_large", f"At most {rest_minor} can be {done}.", "amount_minor")
