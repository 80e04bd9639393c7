"""Settlement files, what does not fit in them, and payouts over HTTP."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.kernel.errors import Conflict, Invalid, NotFound
from tradewind.kernel.http import Answer, Call, Route, permission
from tradewind.services.payment import listings_settlements
from tradewind.services.payment.deps import Deps
from tradewind.services.payment.shapes.settlements import (
    ExceptionsQuery,
    LinesQuery,
    Payouts,
    PayoutsQuery,
    ResolveBody,
    SettlementException,
    SettlementLineShown,
    SettlementQuery,
    SettlementShown,
    SettlementsQuery,
)
from tradewind.services.payment.use_cases.resolve_exception import resolve_exception
from tradewind.services.payment.use_cases.take_settlement import take_settlement

READ = permission("payments:read")
WRITE = permission("payments:write")
LARGEST_FILE_BYTES = 4_000_000
CSV = "text/csv; charset=utf-8; header=present"
UNKNOWN = (NotFound, "settlement_not_found")
CURSOR = (Invalid, "cursor_invalid")


async def post_settlement(deps: Deps, call: Call[bytes, SettlementQuery]) -> SettlementShown:
    return await take_settlement(deps, call.principal.name, call.query, call.body, call.once)


async def get_settlements(deps: Deps, call: Call[None, SettlementsQuery]) -> Page[SettlementShown]:
    return await listings_settlements.list_settlements(deps.db, call.query)


async def get_settlement(deps: Deps, call: Call[None, None]) -> SettlementShown:
    shown = await listings_settlements.settlement_shown(deps.db, call.uuid("settlement_id"))
    if shown is None:
        raise NotFound("settlement_not_found", "there is no such settlement file")
    return shown


async def get_settlement_lines(deps: Deps, call: Call[None, LinesQuery]) -> Page[SettlementLineShown]:
    settlement_id = call.uuid("settlement_id")
    if await listings_settlements.settlement_shown(deps.db, settlement_id) is None:
        raise NotFound("settlement_not_found", "there is no such settlement file")
    return await listings_settlements.list_lines(deps.db, settlement_id, call.query)


async def get_exceptions(deps: Deps, call: Call[None, ExceptionsQuery]) -> Page[SettlementException]:
    return await listings_settlements.list_exceptions(deps.db, call.query)


async def post_resolution(deps: Deps, call: Call[ResolveBody, None]) -> SettlementException:
    return await resolve_exception(deps, call.principal.name, call.uuid("exception_id"), call.body, call.once)


async def get_payouts(deps: Deps, call: Call[None, PayoutsQuery]) -> Payouts | Answer:
    report = await listings_settlements.payouts(deps.db, call.query)
    if call.query.format == "json":
        return report
    disposition = (b"content-disposition", b'attachment; filename="payouts.csv"')
    return Answer(listings_settlements.payouts_csv(report), headers=(disposition,), media_type=CSV)


SETTLEMENT_ROUTES = (
    Route(
        "POST",
        "/v1/settlements",
        post_settlement,
        WRITE,
        "Take in a processor's settlement file, up to 4 MB of CSV: whole, or not at all",
        answer=SettlementShown,
        body=bytes,
        query=SettlementQuery,
        status=201,
        errors=(
            (Invalid, "processor_unknown"),
            (Invalid, "kinds_invalid"),
            (Invalid, "settlement_file_invalid"),
        ),
        max_body_bytes=LARGEST_FILE_BYTES,
        cost=10,
    ),
    Route(
        "GET",
        "/v1/settlements",
        get_settlements,
        READ,
        "Settlement files, newest first",
        answer=Page[SettlementShown],
        query=SettlementsQuery,
        errors=(CURSOR,),
    ),
    Route(
        "GET",
        "/v1/settlements/{settlement_id}",
        get_settlement,
        READ,
        "A settlement file, and how many of its lines were matched",
        answer=SettlementShown,
        errors=(UNKNOWN,),
    ),
    Route(
        "GET",
        "/v1/settlements/{settlement_id}/lines",
        get_settlement_lines,
        READ,
        "The lines of a settlement file",
        answer=Page[SettlementLineShown],
        query=LinesQuery,
        errors=(UNKNOWN, CURSOR),
    ),
    Route(
        "GET",
        "/v1/settlement-exceptions",
        get_exceptions,
        READ,
        "What does not fit: unknown to us, missing at the processor, of another amount or currency, twice",
        answer=Page[SettlementException],
        query=ExceptionsQuery,
        errors=(CURSOR,),
    ),
    Route(
        "POST",
        "/v1/settlement-exceptions/{exception_id}/resolution",
        post_resolution,
        WRITE,
        "Note something, post the difference, or ignore it, for good",
        answer=SettlementException,
        body=ResolveBody,
        errors=((NotFound, "exception_not_found"), (Conflict, "exception_resolved")),
        example={"action": "post_difference", "note": "the bank's exchange rate"},
    ),
    Route(
        "GET",
        "/v1/payouts",
        get_payouts,
        READ,
        "Payouts by processor and days: gross, fees, refunds, disputes, net, and how much was matched",
        answer=Payouts,
        query=PayoutsQuery,
        also=(CSV,),
    ),
)
