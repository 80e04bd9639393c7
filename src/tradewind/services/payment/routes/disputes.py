"""Disputes over HTTP."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Answer, Call, Route, permission
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.shapes.disputes import DisputeShown, DisputesQuery, EvidenceBody
from tradewind.services.payment.store import disputes
from tradewind.services.payment.use_cases.answer_dispute import answer_dispute
from tradewind.services.payment.use_cases.keep_evidence import keep_evidence

READ = permission("payments:read")
WRITE = permission("payments:write")
UNKNOWN = (NotFound, "dispute_not_found")


async def get_disputes(deps: Deps, call: Call[None, DisputesQuery]) -> Page[DisputeShown]:
    return await disputes.listed(deps.db, call.query)


async def get_dispute(deps: Deps, call: Call[None, None]) -> DisputeShown:
    shown = await disputes.shown(deps.db, call.uuid("dispute_id"))
    if shown is None:
        raise NotFound("dispute_not_found", "there is no such dispute")
    return shown


async def put_evidence(deps: Deps, call: Call[EvidenceBody, None]) -> DisputeShown:
    return await keep_evidence(deps, call.uuid("dispute_id"), call.body, call.once)


async def post_submission(deps: Deps, call: Call[None, None]) -> Answer:
    return await answer_dispute(deps, call.uuid("dispute_id"), call.once, accept=False)


async def post_acceptance(deps: Deps, call: Call[None, None]) -> Answer:
    return await answer_dispute(deps, call.uuid("dispute_id"), call.once, accept=True)


DISPUTE_ROUTES = (
    Route(
        "GET",
        "/v1/disputes",
        get_disputes,
        READ,
        "Disputes, newest first",
        answer=Page[DisputeShown],
        query=DisputesQuery,
        errors=((Invalid, "cursor_invalid"),),
    ),
    Route(
        "GET",
        "/v1/disputes/{dispute_id}",
        get_dispute,
        READ,
        "A dispute with its evidence",
        answer=DisputeShown,
        errors=(UNKNOWN,),
    ),
    Route(
        "PUT",
        "/v1/disputes/{dispute_id}/evidence",
        put_evidence,
        WRITE,
        "Gather what speaks for the shop",
        answer=DisputeShown,
        body=EvidenceBody,
        errors=(UNKNOWN, (Conflict, "dispute_not_open")),
        example={"explanation": "the parcel was handed over on 2026-03-02", "carrier": "DHL"},
    ),
    Route(
        "POST",
        "/v1/disputes/{dispute_id}/submission",
        post_submission,
        WRITE,
        "Send the evidence to whoever decides, for good; 202 while the outcome is unknown",
        answer=DisputeShown,
        pending=True,
        errors=(
            UNKNOWN,
            (Conflict, "dispute_not_open"),
            (Conflict, "evidence_missing"),
            (Conflict, "dispute_refused"),
        ),
    ),
    Route(
        "POST",
        "/v1/disputes/{dispute_id}/acceptance",
        post_acceptance,
        WRITE,
        "Let the customer have the money; 202 while the outcome is unknown",
        answer=DisputeShown,
        pending=True,
        errors=(UNKNOWN, (Conflict, "dispute_not_open"), (Conflict, "dispute_refused")),
    ),
)
