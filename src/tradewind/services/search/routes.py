"""HTTP: what shoppers ask, and what staff see and say of it."""

from __future__ import annotations

from tradewind.contracts.common import Page
from tradewind.contracts.currencies import check_currency
from tradewind.kernel.errors import Invalid, NotFound, Unavailable
from tradewind.kernel.http import PUBLIC, Call, Route, permission
from tradewind.ports.search_index import SearchIndexUnavailable
from tradewind.services.search.deps import Deps
from tradewind.services.search.domain.records import SearchRecord
from tradewind.services.search.domain.words import normal
from tradewind.services.search.queries import copies, synonyms
from tradewind.services.search.queries.insights import insights
from tradewind.services.search.queries.searching import find
from tradewind.services.search.queries.suggesting import suggest
from tradewind.services.search.shapes import (
    IndexStatus,
    Insights,
    InsightsQuery,
    PutSynonym,
    RebuildWanted,
    ReportClick,
    SearchAnswer,
    SearchQuery,
    Suggestions,
    SuggestQuery,
    Synonym,
    SynonymsQuery,
)
from tradewind.services.search.store import progress
from tradewind.services.search.use_cases.catch_up import have_index
from tradewind.services.search.use_cases.delete_synonym import delete_synonym
from tradewind.services.search.use_cases.put_synonym import put_synonym
from tradewind.services.search.use_cases.remember import remember
from tradewind.services.search.use_cases.report_click import report_click

MANAGE = permission("search:write")
_RECENT_SECONDS = 10


async def get_search(deps: Deps, call: Call[None, SearchQuery]) -> SearchAnswer:
    query = call.query
    check_currency(query.currency)
    await remember(deps)
    try:
        await have_index(deps)
        found = await find(deps.index, deps.memory, deps.settings, query)
    except SearchIndexUnavailable as error:
        raise _unavailable(error) from error
    search_id = deps.clock.new_id()
    asked = query.q.strip()
    if asked and query.cursor is None:
        filters = {
            "category": query.category,
            "brand": query.brand,
            **{f"attr.{name}": values for name, values in query.attr.items()},
        }
        record = SearchRecord(
            search_id,
            deps.clock.now(),
            asked[:200],
            normal(asked),
            found.total,
            {name: values for name, values in filters.items() if values},
            call.principal.account_id,
        )
        deps.records.add(record)
    return SearchAnswer(
        search_id, query.q, found.total, found.hits, found.facets, found.did_you_mean, found.next
    )


async def get_suggestions(deps: Deps, call: Call[None, SuggestQuery]) -> Suggestions:
    check_currency(call.query.currency)
    await remember(deps)
    try:
        await have_index(deps)
        return await suggest(deps.index, deps.memory, deps.settings, call.query)
    except SearchIndexUnavailable as error:
        raise _unavailable(error) from error


def _unavailable(error: SearchIndexUnavailable) -> Unavailable:
    return Unavailable("search_unavailable", f"the search does not answer yet: {error}")


async def post_click(deps: Deps, call: Call[ReportClick, None]) -> None:
    await report_click(deps, call.body, call.principal.account_id, call.once)


async def get_insights(deps: Deps, call: Call[None, InsightsQuery]) -> Insights:
    return await insights(deps, call.query.days)


async def get_synonyms(deps: Deps, call: Call[None, SynonymsQuery]) -> Page[Synonym]:
    return await synonyms.list_synonyms(deps, call.query)


async def put_synonyms(deps: Deps, call: Call[PutSynonym, None]) -> Synonym:
    return await put_synonym(deps, call.uuid("synonym_id"), call.body, call.once)


async def delete_synonyms(deps: Deps, call: Call[None, None]) -> None:
    await delete_synonym(deps, call.uuid("synonym_id"), call.once)


async def post_rebuild(deps: Deps, call: Call[None, None]) -> RebuildWanted:
    async with deps.db.begin() as tx:
        now = deps.clock.now()
        await progress.want_rebuild(tx, now)
        tx.after_commit(deps.something_stale.set)
        return await call.once.answer(tx, RebuildWanted(now))


async def get_status(deps: Deps, call: Call[None, None]) -> IndexStatus:
    return await copies.status(deps)


_UNAVAILABLE = ((Unavailable, "search_unavailable"),)
ROUTES = (
    Route(
        "GET",
        "/v1/search",
        get_search,
        PUBLIC,
        "Search for products, with what the result can be narrowed by",
        answer=SearchAnswer,
        query=SearchQuery,
        errors=((Invalid, "currency_unknown"), (Invalid, "cursor_invalid"), *_UNAVAILABLE),
    ),
    Route(
        "GET",
        "/v1/search/suggest",
        get_suggestions,
        PUBLIC,
        "What may be meant by what has been typed so far",
        answer=Suggestions,
        query=SuggestQuery,
        errors=((Invalid, "currency_unknown"), *_UNAVAILABLE),
        cache_seconds=_RECENT_SECONDS,
    ),
    Route(
        "POST",
        "/v1/search/clicks",
        post_click,
        PUBLIC,
        "Report that a hit was chosen",
        status=204,
        body=ReportClick,
        example={
            "search_id": "0197a1b2-6d0c-7c3e-8b1a-2f4d5e6a7b8c",
            "product_id": "0197a1b2-0a1b-7c3e-8b1a-2f4d5e6a7b8c",
            "position": 1,
        },
    ),
    Route(
        "GET",
        "/v1/search/insights",
        get_insights,
        MANAGE,
        "What people search for, and what they do not find",
        answer=Insights,
        query=InsightsQuery,
    ),
    Route(
        "GET",
        "/v1/search/synonyms",
        get_synonyms,
        MANAGE,
        "Words that stand for one another",
        answer=Page[Synonym],
        query=SynonymsQuery,
        errors=((Invalid, "cursor_invalid"),),
    ),
    Route(
        "PUT",
        "/v1/search/synonyms/{synonym_id}",
        put_synonyms,
        MANAGE,
        "Say that words stand for one another, from the next search on",
        answer=Synonym,
        body=PutSynonym,
        errors=(
            (NotFound, "synonym_not_found"),
            (Invalid, "term_without_words"),
            (Invalid, "terms_too_few"),
            (Invalid, "from_term_required"),
            (Invalid, "from_term_not_expected"),
        ),
        example={"terms": ["mug", "cup"], "kind": "two_way"},
    ),
    Route(
        "DELETE",
        "/v1/search/synonyms/{synonym_id}",
        delete_synonyms,
        MANAGE,
        "Words no longer stand for one another",
        status=204,
        errors=((NotFound, "synonym_not_found"),),
    ),
    Route(
        "POST",
        "/v1/search/rebuild",
        post_rebuild,
        MANAGE,
        "Ask for every product anew, and build the index anew beside the one that answers",
        answer=RebuildWanted,
        status=202,
    ),
    Route(
        "GET",
        "/v1/search/status",
        get_status,
        MANAGE,
        "How far the index is",
        answer=IndexStatus,
    ),
)
