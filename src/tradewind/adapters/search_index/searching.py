"""One search over one state of the index: the page, and the counts beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tantivy import FieldType, Occur, Order, Query

from tradewind.adapters.search_index.highlighting import Highlighter
from tradewind.adapters.search_index.schema import TIE_BITS, Layout, decode_stored, key
from tradewind.adapters.search_index.scoring import Reach, Scoring
from tradewind.ports.search_index import Hit, Place, Range, SearchPage, SearchRequest

SLACK = 64  # how many hits may have come before a page since the one before it was answered
MUST, SHOULD = Occur.Must, Occur.Should


def run(layout: Layout, searcher: Any, request: SearchRequest) -> SearchPage:
    return _Search(layout, searcher, request).page()


class _Search:
    def __init__(self, layout: Layout, searcher: Any, request: SearchRequest) -> None:
        self._layout, self._searcher, self._request = layout, searcher, request
        self._scoring = Scoring(layout, searcher)
        self._filters = {name: _any_value(layout, name, values) for name, values in request.any_of.items()}
        self._filters |= {name: _within(layout, name, one) for name, one in request.ranges.items()}
        self._must = [_any_value(layout, name, values) for name, values in request.must.items()]

    def page(self) -> SearchPage:
        request = self._request
        reach = self._reach()
        base = self._matched(reach)
        total, addresses, following = self._found(base, reach)
        keywords, steps = self._counts(base)
        return SearchPage(
            self._hits(addresses),
            total,
            keywords,
            steps,
            following if len(addresses) == request.limit else None,
        )

    def _reach(self) -> Reach:
        """As little as is needed to find enough, whatever a person filters by; any, where the last finds nothing."""
        clauses = self._request.clauses
        if not clauses:
            return Reach(0)
        nearest = Reach(len(clauses))
        found = 0
        for reach in (nearest, *(Reach(n, details=True, last=True) for n in range(len(clauses), 0, -1))):
            matching = self._with_code(self._scoring.matching(clauses, reach))
            found = self._count(_all_of([matching, *self._must]))
            if found >= self._request.enough:
                return reach
        return reach if found else Reach(1, details=True)

    def _matched(self, reach: Reach) -> Any:
        request = self._request
        if request.clauses or not request.code:
            return self._with_code(self._scoring.matching(request.clauses, reach))
        return self._scoring.whole_code(request.code)

    def _with_code(self, query: Any) -> Any:
        code = self._request.code
        return (
            Query.boolean_query([(SHOULD, query), (SHOULD, self._scoring.whole_code(code))])
            if code
            else query
        )

    def _found(self, base: Any, reach: Reach) -> tuple[int, list[Any], Place | None]:
        """How many there are, where those of this page lie, and where it ends."""
        request = self._request
        selected = [Query.const_score_query(q, 0.0) for q in (base, *self._must, *self._filters.values())]
        if request.order:
            return self._sorted(selected)
        parts = [(MUST, query) for query in selected]
        parts += self._scoring.scores(request.clauses, reach)
        if request.code:
            parts.append((SHOULD, self._scoring.whole_code(request.code)))
        ranked = bool(request.clauses or request.code)
        if not ranked:
            parts.append((SHOULD, Query.const_score_query(Query.all_query(), 1.0)))
        before = request.after.hits if request.after else 0
        wanted = before + request.limit + 1 + (SLACK if before else 0)
        found = self._searcher.search(Query.boolean_query(parts), wanted, weight_by_field="weight")
        addresses = [address for _, address in found.hits]
        if request.after:
            serials = self._searcher.fast_field_values("serial", addresses)
            last = request.after.serial
            start = serials.index(last) + 1 if last in serials else min(before, len(addresses))
            addresses, before = addresses[start:], start
        shown = addresses[: request.limit]
        return found.count, shown, self._place(before, shown, addresses, "serial")

    def _sorted(self, selected: list[Any]) -> tuple[int, list[Any], Place | None]:
        request = self._request
        name, descending = request.order.removeprefix("-"), request.order.startswith("-")
        field = f"n_{name}"
        whole = [(MUST, query) for query in selected]
        whole.append((MUST, _packed_range(self._layout, field, 0, None)))
        total = self._count(Query.boolean_query(whole))
        before = request.after.hits if request.after else 0
        if request.after:
            at = request.after.serial
            ends = (None, at - 1) if descending else (at + 1, None)
            whole.append((MUST, _packed_range(self._layout, field, *ends)))
        order = Order.Desc if descending else Order.Asc
        found = self._searcher.search(
            Query.boolean_query(whole), request.limit + 1, count=False, order_by_field=field, order=order
        )
        addresses = [address for _, address in found.hits]
        shown = addresses[: request.limit]
        return total, shown, self._place(before, shown, addresses, field)

    def _place(self, before: int, shown: Sequence[Any], there: Sequence[Any], field: str) -> Place | None:
        if len(there) <= len(shown) or not shown:
            return None
        (last,) = self._searcher.fast_field_values(field, [shown[-1]])
        return Place(before + len(shown), last)

    def _count(self, query: Any) -> int:
        count: int = self._searcher.search(query, 1, count=True).count
        return count

    def _counts(self, base: Any) -> tuple[dict[str, list[tuple[str, int]]], dict[str, dict[int, int]]]:
        """One pass for all that nobody filters by, and one for each name that somebody does."""
        wanted = self._request.counts
        names = dict(wanted.keywords) | self._family_names(base)
        keywords: dict[str, list[tuple[str, int]]] = {}
        steps: dict[str, dict[int, int]] = {}
        for apart in (None, *self._filters):
            here = {n: size for n, size in names.items() if (n if n in self._filters else None) == apart}
            stepped = {
                n: at for n, at in wanted.steps.items() if (n if n in self._filters else None) == apart
            }
            asked = {f"k{i}": _terms(n, size) for i, (n, size) in enumerate(here.items())}
            asked |= {f"s{i}": _ranges(n, at) for i, (n, at) in enumerate(stepped.items())}
            if not asked:
                continue
            told = self._searcher.aggregate(self._narrowed(base, apart), asked)
            for i, name in enumerate(here):
                keywords[name] = [(b["key"], b["doc_count"]) for b in told[f"k{i}"]["buckets"]]
            for i, (name, at) in enumerate(stepped.items()):
                buckets = told[f"s{i}"]["buckets"]  # none at all of an empty index
                counts = {int(b["from"]) >> TIE_BITS: b["doc_count"] for b in buckets if "from" in b}
                steps[name] = {step: counts.get(step, 0) for step in at}
        return keywords, steps

    def _family_names(self, base: Any) -> dict[str, int]:
        """The names of each family that most documents have; those that are filtered by in any case."""
        found: dict[str, int] = {}
        for family, (most, values) in self._request.counts.families.items():
            found |= {name: values for name in self._filters if name.startswith(family)}
            asked = {"names": {"terms": {"field": "countable", "size": most}}}
            told = self._searcher.aggregate(self._narrowed(base, None), asked)["names"]["buckets"]
            found |= {b["key"]: values for b in told if b["key"].startswith(family)}
        return found

    def _narrowed(self, base: Any, apart: str | None) -> Any:
        filters = [query for name, query in self._filters.items() if name != apart]
        return _all_of([base, *self._must, *filters])

    def _hits(self, addresses: Sequence[Any]) -> list[Hit]:
        stored = [decode_stored(self._searcher.doc(address).get_first("stored")) for address in addresses]
        if not self._request.highlight:
            return [Hit(one.document_id, one.payload) for one in stored]
        shown = Highlighter(self._layout, self._request.clauses)
        return [
            Hit(one.document_id, one.payload, shown.whole(one.title), shown.best_part(one.body))
            for one in stored
        ]


def _all_of(queries: Sequence[Any]) -> Any:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(MUST, query) for query in queries])


def _any_value(layout: Layout, name: str, values: Sequence[str]) -> Any:
    terms = [Query.term_query(layout.schema, f"k.{key(name)}", value) for value in values]
    return terms[0] if len(terms) == 1 else Query.boolean_query([(SHOULD, term) for term in terms])


def _within(layout: Layout, name: str, wanted: Range) -> Any:
    lowest = None if wanted.lowest is None else wanted.lowest << TIE_BITS
    highest = None if wanted.highest is None else ((wanted.highest + 1) << TIE_BITS) - 1
    return _packed_range(layout, f"n_{name}", lowest, highest)


def _packed_range(layout: Layout, field: str, lowest: int | None, highest: int | None) -> Any:
    return Query.range_query(layout.schema, field, FieldType.Integer, lowest, highest)


def _terms(name: str, size: int) -> Mapping[str, Any]:
    return {"terms": {"field": f"k.{key(name)}", "size": size}}


def _ranges(name: str, steps: Sequence[int]) -> Mapping[str, Any]:
    """From each step up to the next. The ends are whole numbers of 2**TIE_BITS, which a float holds exactly."""
    lows = [step << TIE_BITS for step in steps]
    ranges = [
        {"from": low} | ({"to": high} if high is not None else {})
        for low, high in zip(lows, (*lows[1:], None), strict=True)
    ]
    return {"range": {"field": f"n_{name}", "ranges": ranges}}
