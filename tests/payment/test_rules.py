"""The pure parts: references, moves, pauses, what a cancelled payment needs next, the breaker, signatures."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.adapters.payment_gateway.breaker import Breaker
from tradewind.adapters.payment_gateway.standard_webhooks import signature, verified_id
from tradewind.ports.payment_gateway import (
    Approved,
    BankDeclined,
    Challenge,
    Moved,
    MoveKind,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Rejected,
    Voided,
    WebhookRefused,
)
from tradewind.services.payment.domain import (
    ATTEMPT_TRANSITIONS,
    OPEN_ATTEMPT,
    OPEN_OPERATION,
    OPERATION_TRANSITIONS,
    Abandoned,
    AttemptOutcome,
    Holding,
    attempt_move,
    next_to_close,
    operation_move,
    pause,
)
from tradewind.services.payment.references import (
    AttemptKey,
    OperationKey,
    authorisation_reference,
    let_go_reference,
    move_reference,
    parse_reference,
)

FACTS: list[AttemptOutcome] = [
    Approved("a"),
    BankDeclined("c"),
    Challenge("a", "u"),
    Voided("a"),
    Rejected("c", "m"),
]
OPEN_ENDS: list[AttemptOutcome] = [NotFound(), NotSent("r"), OutcomeUnknown("r")]


@given(st.uuids(), st.integers(1, 1000))
def test_a_reference_names_its_attempt(order_id: UUID, attempt: int) -> None:
    assert parse_reference(authorisation_reference(order_id, attempt)) == AttemptKey(order_id, attempt)
    for number in (1, 2, 100):
        key = AttemptKey(order_id, attempt, number)
        assert parse_reference(authorisation_reference(order_id, attempt, number)) == key


@given(st.uuids(), st.integers(1, 1000), st.integers(1, 100), st.integers(0, 1000))
def test_a_void_without_an_operation_names_its_attempt(
    order_id: UUID, attempt: int, number: int, tries: int
) -> None:
    for what in ("rest", f"challenge-{tries}"):
        reference = let_go_reference(authorisation_reference(order_id, attempt, number), what)
        assert parse_reference(reference) == AttemptKey(order_id, attempt, number)


@given(st.sampled_from(["capture", "refund", "void"]), st.uuids())
def test_a_reference_names_its_operation(kind: MoveKind, id_: UUID) -> None:
    assert parse_reference(move_reference(kind, id_)) == OperationKey(kind, id_)


@given(st.text(max_size=80))
def test_any_other_text_is_no_reference_of_ours(text: str) -> None:
    parsed = parse_reference(text)
    if isinstance(parsed, AttemptKey):
        assert authorisation_reference(parsed.order_id, parsed.attempt) == text
    elif parsed is not None:
        assert move_reference(parsed.kind, parsed.id) == text


@given(st.sampled_from(sorted(ATTEMPT_TRANSITIONS)), st.sampled_from([*FACTS, *OPEN_ENDS, Abandoned()]))
def test_an_outcome_moves_an_attempt_only_along_the_table(state: str, outcome: AttemptOutcome) -> None:
    move = attempt_move(state, outcome)
    assert move.to is None or move.to in ATTEMPT_TRANSITIONS[state]
    if outcome in OPEN_ENDS and state != "processing":
        assert move.to is None, "not knowing changes nothing that is known"


def test_every_fact_ends_the_doubt() -> None:
    for state in ("processing", "unknown"):
        for outcome in FACTS:
            assert attempt_move(state, outcome).to not in (None, "unknown", "pending")
    for fact in (Moved("m"), BankDeclined("c"), Rejected("c", "m")):
        for state in ("processing", "unknown"):
            assert operation_move(state, fact).to in ("succeeded", "failed")


def test_no_state_is_a_trap() -> None:
    """From every open state an end can be reached, and ends of operations are final."""
    for transitions, open_ in ((ATTEMPT_TRANSITIONS, OPEN_ATTEMPT), (OPERATION_TRANSITIONS, OPEN_OPERATION)):
        for state in open_:
            seen, ahead = set(), [state]
            while ahead:
                at = ahead.pop()
                seen.add(at)
                ahead += [to for to in transitions[at] if to not in seen]
            assert seen - open_, state
    assert not OPERATION_TRANSITIONS["succeeded"] and not OPERATION_TRANSITIONS["failed"]


@given(st.floats(0.1, 60), st.floats(60, 3600), st.integers(0, 10_000))
def test_pauses_grow_up_to_the_longest(first: float, most: float, tries: int) -> None:
    now, following = pause(first, most, tries), pause(first, most, tries + 1)
    assert first <= now.total_seconds() + 1e-6 and now <= following
    assert following.total_seconds() <= most + 1e-6


@given(
    st.sampled_from(["processing", "action_required", "authorised", "declined", "voided"]),
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.booleans(),
    st.booleans(),
)
def test_closing_goes_on_until_nothing_is_held_but_what_is_disputed(
    state: str, authorised: int, captured: int, refunded: int, disputed: int, capturing: bool, refunding: bool
) -> None:
    authorised, captured = sorted((authorised, captured), reverse=True)
    refunded = min(refunded, captured) if state == "authorised" else 0
    captured = captured if state == "authorised" else 0
    disputed = min(disputed, captured)
    order_id = UUID(int=0)
    for _ in range(5):
        holding = Holding(
            order_id,
            1,
            order_id,
            1,
            state,
            "EUR",
            "card",
            True,
            authorised,
            int(capturing),
            captured,
            int(refunding),
            refunded,
            0,
            0,
            disputed,
            0,
        )
        match next_to_close(holding):
            case "resolve":
                capturing = refunding = False
                state = "authorised" if state == "processing" else state
            case "void":
                assert captured == 0
                state = "voided"
            case "refund":
                refunded += holding.refundable_minor
            case "nothing":
                break
    assert captured - refunded <= disputed
    assert captured or state in ("declined", "voided")


def test_a_breaker_opens_after_failures_in_a_row_and_lets_one_probe_through() -> None:
    now = 0.0
    breaker = Breaker(3, 10, lambda: now)
    for _ in range(2):
        breaker.failed()
    breaker.succeeded()
    for _ in range(3):
        assert breaker.allows()
        breaker.failed()
    assert not breaker.allows()
    now = 10.0
    assert breaker.allows() and not breaker.allows(), "one probe"
    breaker.failed()
    now = 19.9
    assert not breaker.allows()
    now = 20.0
    assert breaker.allows()
    now = 30.0
    assert breaker.allows(), "a probe that never told"
    breaker.succeeded()
    assert breaker.allows() and breaker.allows()


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_signature_is_of_one_body_alone(body: bytes, other: bytes) -> None:
    key, now = b"k" * 32, datetime(2026, 1, 1, tzinfo=UTC)
    at = str(int(now.timestamp()))
    headers = {
        b"webhook-id": b"evt_1",
        b"webhook-timestamp": at.encode(),
        b"webhook-signature": signature(key, "evt_1", at, body).encode(),
    }
    assert verified_id([key], headers, body, now) == "evt_1"
    if other != body:
        with pytest.raises(WebhookRefused):
            verified_id([key], headers, other, now)
