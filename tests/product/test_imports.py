"""Bulk import: what goes in, what is told, what happens when it is broken off, and what comes out again."""

from __future__ import annotations

import asyncio
import gzip
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tradewind.demo
from tests.product.catalogue import Catalogue, ignore, open_catalogue, simple
from tests.product.test_jsonl import VASE
from tests.product.test_shopify import first, sheet
from tradewind.contracts.inventory import Counted, CountRefused, StockCount, StockLine
from tradewind.kernel.errors import Conflict, Invalid, Unavailable
from tradewind.services.product.importing.source import ImportSource
from tradewind.services.product.shapes import ImportProblem, ImportResult
from tradewind.services.product.use_cases.export_products import export_products
from tradewind.services.product.use_cases.import_products import ImportProgress, import_products

SMALL_BATCHES = {"TRADEWIND_PRODUCT_IMPORT_BATCH_PRODUCTS": "3"}


def line(name: str, amount_minor: int = 100, **changes: Any) -> dict[str, Any]:
    prices = [{"currency": "EUR", "amount_minor": amount_minor}]
    return {"external_id": name, "title": name, "variants": [{"sku": name, "prices": prices}], **changes}


def stocked(name: str, **stock: int) -> dict[str, Any]:
    return line(name, variants=[line(name)["variants"][0] | {"stock": stock}])


def counts(result: ImportResult) -> tuple[int, int, int, int, int]:
    run = result.run
    return run.created, run.updated, run.unchanged, run.rejected, run.warnings


def told(problems: list[ImportProblem]) -> list[tuple[int, str, str, str | None, str | None]]:
    return [(p.line, p.severity, p.code, p.external_id, p.sku) for p in problems]


async def available(catalogue: Catalogue, *skus: str) -> list[int]:
    return [entry.available for entry in await catalogue.inventory.availability(list(skus))]


async def test_a_file_becomes_products_with_their_places_and_stock(catalogue: Catalogue) -> None:
    await catalogue.warehouse("LEJ")
    await catalogue.warehouse("RTM")
    result = await catalogue.take_in(
        [VASE, line("b", categories=["Home > Vases > Tall", "Home"], brand="Orno")]
    )
    assert counts(result) == (2, 0, 0, 0, 0) and result.run.state == "finished" and not result.resumed
    assert result.run.stock_counts == 2
    detail = await catalogue.detail("by-external-id/tw-aldea-vase")
    assert detail["attributes"] == VASE["attributes"] and detail["category"] == "Home > Vases"
    assert detail["variants"][0]["available"] == 15
    assert await catalogue.titles(category="home") == await catalogue.titles(category="Home > Vases")
    events = await catalogue.told()
    assert [event["type"] for event in events] == ["product.created"] * 2


async def test_the_same_file_again_changes_nothing(catalogue: Catalogue) -> None:
    lines = [line("a", brand="Orno", categories=["Home"]), line("b", status="draft")]
    await catalogue.take_in(lines)
    before = await catalogue.detail("by-external-id/a")
    again = await catalogue.take_in(lines)
    assert counts(again) == (0, 0, 2, 0, 0)
    assert await catalogue.detail("by-external-id/a") == before
    assert len(await catalogue.told()) == 2


async def test_what_differs_is_updated_and_told(catalogue: Catalogue) -> None:
    await catalogue.take_in([line("a"), line("b"), line("c", status="draft")])
    changed = [line("a", 200, attributes={"new": 1}), line("b", status="archived"), line("c")]
    assert counts(await catalogue.take_in(changed)) == (0, 3, 0, 0, 0)
    events = [(event["type"], event["external_id"], event["version"]) for event in await catalogue.told()]
    assert sorted(events[3:]) == [
        ("product.archived", "b", 2),
        ("product.updated", "a", 2),
        ("product.updated", "c", 2),
    ]
    assert await catalogue.titles(sort="price") == ["c", "a"]


async def test_what_staff_changed_since_is_set_back_by_the_file(catalogue: Catalogue) -> None:
    await catalogue.take_in([line("a")])
    product_id = (await catalogue.detail("by-external-id/a"))["product_id"]
    await catalogue.http.patch(f"/v1/products/{product_id}", json={"title": "By hand"})
    assert counts(await catalogue.take_in([line("a")])) == (0, 1, 0, 0, 0)
    assert (await catalogue.detail("by-external-id/a"))["title"] == "a"


async def test_bad_lines_are_told_with_their_line_and_the_good_ones_go_in(catalogue: Catalogue) -> None:
    await catalogue.warehouse("LEJ")
    await catalogue.create(**simple("TAKEN", 1, external_id="owner"))
    bad_gtin = line("gtin", variants=[line("gtin")["variants"][0] | {"gtin": "123"}])
    foreign = line("foreign", variants=[line("TAKEN")["variants"][0]])
    content = b"\n".join(
        [
            msgspec.json.encode(line("good")),
            b"{broken",
            b"",
            msgspec.json.encode(line("odd", colour="red")),
            msgspec.json.encode(bad_gtin),
            msgspec.json.encode(foreign),
            msgspec.json.encode(stocked("nowhere", LEJ=1, MOON=2)),
            msgspec.json.encode(line("good", 999)),
            msgspec.json.encode(line("same-sku", variants=[line("good")["variants"][0]])),
            msgspec.json.encode(line("unpriced", variants=[])),
        ]
    )
    progress: list[ImportProgress] = []
    source = ImportSource.of_bytes("bad.jsonl", content, "jsonl")
    result = await import_products(catalogue.deps, source, progress.append)
    assert counts(result) == (4, 0, 0, 5, 3)
    expected = {
        (2, "rejected", "json_invalid", None, None),
        (4, "warning", "field_unknown", "odd", None),
        (5, "warning", "gtin_invalid", "gtin", "gtin"),
        (6, "rejected", "sku_taken", "foreign", "TAKEN"),
        (7, "warning", "warehouse_unknown", "nowhere", "nowhere"),
        (8, "rejected", "external_id_repeated", "good", None),
        (9, "rejected", "sku_taken", "same-sku", "good"),
        (10, "rejected", "no_price", "unpriced", None),
    }
    assert set(told(result.problems)) == expected
    assert {problem for step in progress for problem in told(step.problems)} == expected
    assert progress[-1].bytes_read == len(content) and progress[-1].line == 10
    assert await catalogue.titles(sort="title") == ["good", "gtin", "nowhere", "odd", "TAKEN"]
    assert (await catalogue.detail("by-external-id/gtin"))["variants"][0]["gtin"] is None
    assert await available(catalogue, "nowhere") == [1]


async def test_stock_below_what_is_reserved_is_told_and_the_rest_is_set(catalogue: Catalogue) -> None:
    await catalogue.warehouse("LEJ")
    await catalogue.take_in([stocked("a", LEJ=5), stocked("b", LEJ=5)])
    held = catalogue.deps.clock.new_id()
    await catalogue.inventory.reserve(held, [StockLine("a", 4)], None)
    result = await catalogue.take_in([stocked("a", LEJ=3), stocked("b", LEJ=7)])
    assert told(result.problems) == [(1, "warning", "stock_below_reserved", "a", "a")]
    assert await available(catalogue, "a", "b") == [1, 7]


async def test_a_status_that_cannot_follow_stays_and_is_told(catalogue: Catalogue) -> None:
    await catalogue.take_in([line("a"), line("b")])
    result = await catalogue.take_in([line("a", status="draft"), line("b", status="draft", variants=[])])
    assert told(result.problems) == [
        (1, "warning", "status_change_refused", "a", None),
        (2, "warning", "status_change_refused", "b", None),
        (2, "rejected", "no_price", "b", None),
    ]
    assert await catalogue.titles(sort="title") == ["a", "b"]


async def test_slugs_of_a_file_are_kept_where_they_are_free(catalogue: Catalogue) -> None:
    lines = [line("a", slug="vase"), line("b", slug="vase"), line("c", title="Vase"), line("d", title="Vase")]
    result = await catalogue.take_in(lines)
    assert told(result.problems) == [(2, "warning", "slug_taken", "b", None)]
    slugs = [(await catalogue.detail(f"by-external-id/{name}"))["slug"] for name in "abcd"]
    assert slugs[:2] == ["vase", "b"] and slugs[2].startswith("vase-") and slugs[2] != slugs[3]
    again = await catalogue.take_in([line("c", title="Bowl")])
    assert counts(again) == (0, 1, 0, 0, 0)
    assert (await catalogue.detail("by-external-id/c"))["slug"] == slugs[2]


class Broken(Exception):
    """The process that imports dies here."""


async def test_an_import_that_was_broken_off_goes_on_after_its_last_batch(database_url: str) -> None:
    async with open_catalogue(database_url, environ=SMALL_BATCHES) as catalogue:
        await catalogue.warehouse("LEJ")
        lines = [stocked(f"p{number}", LEJ=number) for number in range(10)]
        lines[1]["variants"][0]["gtin"] = "123"
        lines[7] = line("p0", 5)  # said before: also known after the restart
        content = b"".join(msgspec.json.encode(one) + b"\n" for one in lines)

        def die(progress: ImportProgress) -> None:
            if progress.run.position == 6 and progress.run.stock_counts == 6:
                raise Broken

        with pytest.raises(Broken):
            await import_products(catalogue.deps, ImportSource.of_bytes("f", content, "jsonl"), die)
        running = (await catalogue.http.get("/v1/imports")).json()["items"]
        assert [(run["state"], run["position"]) for run in running] == [("running", 6)]

        seen: list[ImportProgress] = []
        result = await import_products(
            catalogue.deps, ImportSource.of_bytes("f", content, "jsonl"), seen.append
        )
        assert result.resumed and str(result.run.import_id) == running[0]["import_id"]
        assert counts(result) == (9, 0, 0, 1, 1)
        assert seen[0].run.position == 9
        assert told(result.problems) == [
            (2, "warning", "gtin_invalid", "p1", "p1"),
            (8, "rejected", "external_id_repeated", "p0", None),
        ]
        assert await available(catalogue, "p3", "p9") == [3, 9]
        assert len(await catalogue.told()) == 9
        anew = await catalogue.take_in(content)
        assert not anew.resumed and anew.run.import_id != result.run.import_id
        assert counts(anew) == (0, 0, 9, 1, 1)


class Unreliable:
    """An inventory that does not answer the first time, before or after it has done what was asked."""

    def __init__(self, inner: Any, *, after: bool) -> None:
        self.inner, self.after, self.fails = inner, after, True

    async def count(self, reference: str, lines: list[StockCount]) -> Counted | CountRefused:
        if self.fails and not self.after:
            self.fails = False
            raise Unavailable("service_unavailable", "no answer")
        answer: Counted | CountRefused = await self.inner.count(reference, lines)
        if self.fails:
            self.fails = False
            raise Unavailable("service_unavailable", "no answer")
        return answer


@pytest.mark.parametrize("after", [False, True])
async def test_stock_that_the_inventory_did_not_confirm_is_handed_in_again(
    catalogue: Catalogue, after: bool
) -> None:
    await catalogue.warehouse("LEJ")
    deps = replace(catalogue.deps, inventory=Unreliable(catalogue.inventory, after=after))
    content = b"".join(msgspec.json.encode(stocked(name, LEJ=4)) + b"\n" for name in "ab")

    def source() -> ImportSource:
        return ImportSource.of_bytes("f", content, "jsonl")

    with pytest.raises(Unavailable):
        await import_products(deps, source(), ignore)
    assert await available(catalogue, "a") == [4 if after else 0]
    result = await import_products(deps, source(), ignore)
    assert result.resumed and result.run.stock_counts == 2 and counts(result) == (2, 0, 0, 0, 0)
    assert await available(catalogue, "a", "b") == [4, 4]


async def test_two_that_import_one_file_do_not_count_it_twice(database_url: str) -> None:
    async with open_catalogue(database_url, environ=SMALL_BATCHES) as catalogue:
        content = b"".join(msgspec.json.encode(line(f"p{number}")) + b"\n" for number in range(12))
        results = await asyncio.gather(
            *(catalogue.take_in(content) for _ in range(3)), return_exceptions=True
        )
        refused = [result for result in results if isinstance(result, BaseException)]
        assert all(isinstance(one, Conflict) and one.code == "import_elsewhere" for one in refused), refused
        final = await catalogue.take_in(content)
        assert len(await catalogue.titles()) == 12 and len(await catalogue.told()) == 12
        assert final.run.state == "finished"


async def test_imports_of_different_files_at_once_share_brands_and_categories(catalogue: Catalogue) -> None:
    def file(name: str) -> list[dict[str, Any]]:
        return [
            line(f"{name}{number}", brand=f"Brand {number % 3}", categories=[f"Root > Leaf {number % 4}"])
            for number in range(20)
        ]

    results = await asyncio.gather(*(catalogue.take_in(file(name)) for name in "abc"))
    assert [counts(result) for result in results] == [(20, 0, 0, 0, 0)] * 3
    assert len((await catalogue.public.get("/v1/brands")).json()["items"]) == 3
    (root,) = (await catalogue.public.get("/v1/categories")).json()["items"]
    assert [child["name"] for child in root["children"]] == [f"Leaf {number}" for number in range(4)]


async def test_lines_may_come_from_an_asynchronous_source(catalogue: Catalogue) -> None:
    async def lines() -> Any:
        for name in "ab":
            yield msgspec.json.encode(line(name)) + b"\n"

    source = ImportSource("stream", "jsonl", b"its digest", lines())
    assert counts(await import_products(catalogue.deps, source, ignore)) == (2, 0, 0, 0, 0)


async def test_an_export_taken_into_an_empty_shop_gives_the_same_export(catalogue: Catalogue) -> None:
    await catalogue.take_in(
        [
            VASE | {"variants": [VASE["variants"][0] | {"stock": {}}]},
            line("draft", status="draft", variants=[], title='Odd "title" \\ ☕', tax_class="reduced"),
            line(
                "archived",
                status="archived",
                slug="gone",
                attributes={"n": 1.50, "big": 2**53, "z": 1, "a": []},
            ),
        ]
    )
    exported = b"".join([chunk async for chunk in export_products(catalogue.deps)])
    streamed = await catalogue.http.get("/v1/products/export")
    assert streamed.headers["content-type"] == "application/x-ndjson" and streamed.content == exported
    assert counts(await catalogue.take_in(exported)) == (0, 0, 3, 0, 0)
    await empty(catalogue)
    assert counts(await catalogue.take_in(exported)) == (3, 0, 0, 0, 0)
    again = b"".join([chunk async for chunk in export_products(catalogue.deps)])
    assert sorted(again.splitlines()) == sorted(exported.splitlines())


async def empty(catalogue: Catalogue) -> None:
    await catalogue.shop.database("product").execute(
        "TRUNCATE products, categories, brands, imports, outbox RESTART IDENTITY CASCADE"
    )


async def test_the_demo_catalogue_goes_in_without_a_problem(catalogue: Catalogue) -> None:
    path = Path(tradewind.demo.__path__[0]) / "products.jsonl"
    lines = [msgspec.json.decode(text) for text in path.read_bytes().splitlines()]
    codes = {code for one in lines for v in one["variants"] for code in v.get("stock", {})}
    for code in sorted(codes):
        await catalogue.warehouse(code)
    result = await import_products(catalogue.deps, ImportSource.of_file(path, "jsonl"), ignore)
    assert result.problems == [] and counts(result) == (len(lines), 0, 0, 0, 0)


async def test_a_shopify_file_goes_in_with_its_stock(catalogue: Catalogue) -> None:
    await catalogue.warehouse("LEJ")
    content = sheet(first(Variant_Inventory_Qty="4", Vendor="Orno", Type="Vase"))
    result = await catalogue.take_in(content, "shopify", currency="EUR", warehouse="LEJ")
    assert counts(result) == (1, 0, 0, 0, 0)
    detail = await catalogue.detail("by-slug/aldea-vase")
    assert (detail["external_id"], detail["brand"]["name"], detail["category"]) == ("aldea", "Orno", "Vase")
    assert detail["variants"][0]["available"] == 4
    with pytest.raises(Invalid):
        await catalogue.take_in(content, "shopify")


async def test_an_import_over_http_answers_counts_and_problems(catalogue: Catalogue) -> None:
    content = msgspec.json.encode(line("a")) + b"\n{broken\n"
    headers = {"idempotency-key": str(uuid.uuid4())}
    answer = await catalogue.http.post("/v1/products/import", content=content, headers=headers)
    assert answer.status_code == 200, answer.text
    result = msgspec.json.decode(answer.content, type=ImportResult)
    assert counts(result) == (1, 0, 0, 1, 0) and told(result.problems) == [
        (2, "rejected", "json_invalid", None, None)
    ]
    replayed = await catalogue.http.post("/v1/products/import", content=content, headers=headers)
    assert replayed.content == answer.content and replayed.headers["idempotency-replayed"] == "true"
    run = await catalogue.http.get(f"/v1/imports/{result.run.import_id}")
    assert run.json() == answer.json()["run"]
    problems = await catalogue.http.get(f"/v1/imports/{result.run.import_id}/problems", params={"limit": 1})
    assert problems.json() == {"items": answer.json()["problems"], "next": None}
    missing = await catalogue.http.get(f"/v1/imports/{uuid.uuid4()}/problems")
    assert (missing.status_code, missing.json()["code"]) == (404, "import_not_found")
    shopify = {"format": "shopify", "currency": "EUR"}
    answer = await catalogue.http.post("/v1/products/import", content=sheet(first()), params=shopify)
    assert answer.json()["run"]["created"] == 1
    refused = await catalogue.http.post("/v1/products/import", content=b"", params={"format": "shopify"})
    assert (refused.status_code, refused.json()["code"]) == (422, "currency_required")


async def test_a_file_on_disk_may_be_gzipped(catalogue: Catalogue, tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    plain.write_bytes(msgspec.json.encode(line("a")))
    packed.write_bytes(gzip.compress(msgspec.json.encode(line("b")) + b"\n"))
    for path in (plain, packed):
        result = await import_products(catalogue.deps, ImportSource.of_file(path, "jsonl"), ignore)
        assert counts(result) == (1, 0, 0, 0, 0)


async def test_the_invariants_find_what_is_wrong(catalogue: Catalogue) -> None:
    """A check that cannot fail checks nothing: each change below is one that no code of ours makes."""
    await catalogue.take_in([line("a", categories=["Home > Vases"], brand="Orno"), line("b")])
    database = catalogue.shop.database("product")
    for change, broken, undo in (
        ("UPDATE prices SET amount_minor = 5", "pages_are", "UPDATE prices SET amount_minor = 100"),
        ("UPDATE prices SET amount_minor = 5", "price_from", "UPDATE prices SET amount_minor = 100"),
        ("UPDATE brands SET name = 'X'", "pages_are", "UPDATE brands SET name = 'Orno'"),
        (
            "UPDATE categories SET name = 'X' WHERE name = 'Home'",
            "category_paths",
            "UPDATE categories SET name = 'Home' WHERE name = 'X'",
        ),
        ("UPDATE products SET version = 9", "versions_are", "UPDATE products SET version = 1"),
        (
            "UPDATE shelf_items SET title_key = 'x'",
            "shelves_are",
            "UPDATE shelf_items s SET title_key = p.title FROM products p WHERE p.product_id = s.product_id",
        ),
        ("UPDATE imports SET warnings = 1", "imports_account", "UPDATE imports SET warnings = 0"),
        (
            "UPDATE status_changes SET to_status = 'draft'",
            "status_is_the_last",
            "UPDATE status_changes SET to_status = 'active'",
        ),
    ):
        await database.execute(change)
        assert any(found.startswith(broken) for found in await catalogue.broken()), change
        await database.execute(undo)
        assert await catalogue.broken() == []
