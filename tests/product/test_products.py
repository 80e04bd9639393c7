"""Products over HTTP: made, read, changed, taken out of sale and brought back."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from tests.product.catalogue import Catalogue, draft, simple, variant
from tests.shop import customer, guest, staff
from tradewind.services.product.shapes import ProductDetail

GTIN = "4006381333931"


async def test_a_product_is_read_as_it_was_made(catalogue: Catalogue) -> None:
    await catalogue.warehouse("LEJ")
    await catalogue.stock("LEJ", **{"ALDEA-CLAY": 4})
    await catalogue.categories("Home > Vases", "Gifts")
    await catalogue.brand("Studio Orno")
    clay = variant("ALDEA-CLAY", 6800, Colour="Clay") | {"gtin": GTIN, "weight_grams": 900}
    clay["prices"] = [
        {"currency": "EUR", "amount_minor": 6800, "compare_at_minor": 8200},
        {"currency": "USD", "amount_minor": 7400},
    ]
    body = draft(
        external_id="tw-aldea",
        description='Thrown by "hand".\n\nEach one differs; ☕ \\ </p>',
        brand="Studio Orno",
        categories=["Home > Vases", "Gifts"],
        attributes={
            "material": "Stoneware",
            "height_mm": 240,
            "b": 0.5,
            "dishwasher_safe": True,
            "for": ["a"],
        },
        variants=[clay, variant("ALDEA-SAND", 7200, Colour="Sand")],
        images=[{"url": "/media/a.webp", "alt": "A vase"}, {"url": "https://x.test/b.webp"}],
        tax_class="reduced",
    )
    saved = await catalogue.create(**body)
    assert saved["slug"] == "aldea-vase" and saved["version"] == 1 and saved["status"] == "active"

    answer = await catalogue.public.get(f"/v1/products/{saved['product_id']}")
    detail = msgspec.json.decode(answer.content, type=ProductDetail, strict=True)
    assert msgspec.json.decode(answer.content).keys() == set(ProductDetail.__struct_fields__)
    read: dict[str, Any] = msgspec.to_builtins(detail)
    for name in ("title", "description", "attributes", "options", "tax_class", "external_id"):
        assert read[name] == body[name]
    assert list(read["attributes"]) == list(body["attributes"])
    assert read["brand"]["name"] == "Studio Orno" and read["brand"]["slug"] == "studio-orno"
    assert read["category"] == "Home > Vases"
    assert [(c["path"], c["position"]) for c in read["categories"]] == [("Home > Vases", 0), ("Gifts", 1)]
    assert read["images"][1] == {"url": "https://x.test/b.webp", "alt": ""}
    first, second = read["variants"]
    assert (first["sku"], first["gtin"], first["weight_grams"], first["available"]) == (
        "ALDEA-CLAY",
        GTIN,
        900,
        4,
    )
    assert [price["amount_minor"] for price in first["prices"]] == [6800, 7400]
    assert first["prices"][0]["compare_at_minor"] == 8200
    assert (second["sku"], second["options"], second["available"]) == ("ALDEA-SAND", {"Colour": "Sand"}, 0)


async def test_a_product_is_found_by_its_slug_and_its_external_id(catalogue: Catalogue) -> None:
    saved = await catalogue.create(external_id="tw aldea")
    by_id = await catalogue.detail(saved["product_id"])
    assert await catalogue.detail("by-slug/aldea-vase") == by_id
    assert await catalogue.detail("by-external-id/tw%20aldea") == by_id
    for nothing in ("by-slug/other", "by-slug/%00", "by-external-id/%00", "by-slug/%ff", "not-an-id"):
        assert (await catalogue.public.get(f"/v1/products/{nothing}")).status_code == 404


async def test_a_detail_in_one_currency_leaves_out_the_other_prices(catalogue: Catalogue) -> None:
    two = variant("A", 100)
    two["prices"].append({"currency": "USD", "amount_minor": 120})
    saved = await catalogue.create(options=[], variants=[two])
    everything = await catalogue.detail(saved["product_id"])
    dollars = await catalogue.detail(saved["product_id"], currency="USD")
    assert [price["currency"] for price in everything["variants"][0]["prices"]] == ["EUR", "USD"]
    assert [price["amount_minor"] for price in dollars["variants"][0]["prices"]] == [120]
    assert dollars["variants"][0].keys() == everything["variants"][0].keys()


async def test_reading_a_product_takes_one_statement_here_and_one_in_the_inventory(
    catalogue: Catalogue,
) -> None:
    saved = await catalogue.create()
    before = [catalogue.shop.database(name).counters.statements for name in ("product", "inventory")]
    await catalogue.detail(saved["product_id"])
    await catalogue.list()
    after = [catalogue.shop.database(name).counters.statements for name in ("product", "inventory")]
    assert [then - now for then, now in zip(after, before, strict=True)] == [2, 2]


async def test_without_an_external_id_a_product_has_its_own_id(catalogue: Catalogue) -> None:
    saved = await catalogue.create()
    assert saved["external_id"] == saved["product_id"]


async def test_products_of_one_title_have_different_slugs(catalogue: Catalogue) -> None:
    slugs = {(await catalogue.create(**simple(sku, 100, title="Vase")))["slug"] for sku in "ABC"}
    assert len(slugs) == 3 and "vase" in slugs and all(slug.startswith("vase") for slug in slugs)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"variants": []}, "no_price", "variants"),
    ({"variants": [variant("A", None, Colour="Red")]}, "no_price", "variants"),
    ({"options": ["Size"]}, "options_mismatch", "variants[0].options"),
    (
        {"variants": [variant("A", 1, Colour="Red") | {"gtin": "4006381333932"}]},
        "gtin_invalid",
        "variants[0].gtin",
    ),
    (
        {"variants": [variant("A", 1, "XXX", Colour="Red")]},
        "currency_unknown",
        "variants[0].prices[0].currency",
    ),
    (
        {"variants": [variant("A", -1, Colour="Red")]},
        "invalid_field",
        "variants[0].prices[0].amount_minor",
    ),
    ({"variants": [variant("A\n", 1, Colour="Red")]}, "invalid_field", "variants[0].sku"),
    ({"brand": "Nobody"}, "brand_not_found", "brand"),
    ({"categories": ["Nowhere"]}, "category_not_found", "categories[0]"),
    ({"categories": ["A > "]}, "category_path_invalid", "categories[0]"),
    ({"title": ""}, "invalid_field", "title"),
    ({"title": "two\nlines"}, "invalid_field", "title"),
    ({"slug": "No Slug"}, "invalid_field", "slug"),
    ({"images": [{"url": "javascript:alert(1)"}]}, "invalid_field", "images[0].url"),
    ({"attributes": {"a": {"b": 1}}}, "invalid_field", "attributes[...]"),
    ({"attributes": {"a": 2**53 + 1}}, "invalid_field", "attributes[...]"),
    ({"status": "archived"}, "invalid_field", "status"),
    ({"colour": "red"}, "invalid_field", "colour"),
]


async def test_what_is_wrong_with_a_new_product_is_named(catalogue: Catalogue) -> None:
    for changes, code, field in WRONG:
        answer = await catalogue.http.post("/v1/products", json=draft(**changes))
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, code, field)
    assert await catalogue.titles() == []


async def test_what_another_product_has_is_refused(catalogue: Catalogue) -> None:
    await catalogue.create(**simple("TAKEN", 1, external_id="taken", slug="taken"))
    other = await catalogue.create(**simple("OTHER", 1))
    both = {
        "options": ["Colour"],
        "variants": [variant("NEW", 1, Colour="A"), variant("TAKEN", 1, Colour="B")],
    }
    for changes, code, field in (
        ({"external_id": "taken"}, "external_id_taken", "external_id"),
        ({"slug": "taken"}, "slug_taken", "slug"),
        (both, "sku_taken", "variants[1].sku"),
    ):
        for answer in (
            await catalogue.http.post("/v1/products", json=draft(**changes)),
            await catalogue.http.patch(f"/v1/products/{other['product_id']}", json=changes),
        ):
            assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, code, field)


async def test_only_staff_who_may_write_change_products(catalogue: Catalogue) -> None:
    saved = await catalogue.create()
    for principal, status in ((guest(), 401), (customer(), 403), (staff("support"), 403)):
        async with catalogue.shop.client(principal) as client:
            for answer in (
                await client.post("/v1/products", json=draft()),
                await client.patch(f"/v1/products/{saved['product_id']}", json={"title": "Mine"}),
                await client.post(f"/v1/products/{saved['product_id']}/archive"),
                await client.post("/v1/products/import", content=b"{}"),
                await client.post("/v1/brands", json={"name": "Mine"}),
                await client.post("/v1/categories", json={"name": "Mine"}),
            ):
                assert answer.status_code == status, answer.request.url
            exported = await client.get("/v1/products/export")
            assert exported.status_code == (200 if principal.may("products:read") else status)


async def test_the_same_request_with_its_key_makes_one_product(catalogue: Catalogue) -> None:
    headers = {"idempotency-key": str(uuid.uuid4())}
    first = await catalogue.http.post("/v1/products", json=draft(), headers=headers)
    again = await catalogue.http.post("/v1/products", json=draft(), headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json() and again.headers["idempotency-replayed"] == "true"
    assert len((await catalogue.list())["items"]) == 1


async def test_drafts_and_archived_products_are_hidden_from_the_public(catalogue: Catalogue) -> None:
    saved = await catalogue.create(status="draft")
    path = f"/v1/products/{saved['product_id']}"
    for moved, status in ((None, 404), ("activate", 200), ("archive", 404), ("activate", 200)):
        if moved:
            answer = await catalogue.http.post(f"{path}/{moved}")
            assert answer.status_code == 200, answer.text
        assert (await catalogue.public.get(path)).status_code == status
        assert len((await catalogue.list())["items"]) == (status == 200)
        seen = await catalogue.http.get(path)
        assert seen.status_code == 200
        if status == 404:
            assert "no-store" in seen.headers.get_list("cache-control")[-1]


async def test_a_move_that_the_transitions_do_not_know_is_refused(catalogue: Catalogue) -> None:
    saved = await catalogue.create()
    path = f"/v1/products/{saved['product_id']}"
    refused = await catalogue.http.post(f"{path}/activate")
    assert (refused.status_code, refused.json()["code"]) == (409, "status_conflict")
    bare = await catalogue.create(title="Bare", status="draft", variants=[])
    refused = await catalogue.http.post(f"/v1/products/{bare['product_id']}/activate")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_price")


async def test_a_change_leaves_what_it_does_not_name(catalogue: Catalogue) -> None:
    await catalogue.brand("Studio Orno")
    saved = await catalogue.create(brand="Studio Orno", attributes={"a": 1}, images=[{"url": "/a"}])
    before = await catalogue.detail(saved["product_id"])
    answer = await catalogue.http.patch(f"/v1/products/{saved['product_id']}", json={"title": "Other"})
    assert answer.json() == saved | {"version": 2}
    after = await catalogue.detail(saved["product_id"])
    assert after == before | {"title": "Other", "version": 2, "updated_at": after["updated_at"]}
    await catalogue.http.patch(f"/v1/products/{saved['product_id']}", json={"brand": None, "images": []})
    after = await catalogue.detail(saved["product_id"])
    assert after["brand"] is None and after["images"] == [] and after["attributes"] == {"a": 1}


async def test_variants_that_are_given_replace_the_others_by_sku(catalogue: Catalogue) -> None:
    saved = await catalogue.create()
    variants = [variant("ALDEA-SAND", 7000, Colour="Sand"), variant("ALDEA-MOSS", 7500, Colour="Moss")]
    answer = await catalogue.http.patch(f"/v1/products/{saved['product_id']}", json={"variants": variants})
    assert answer.status_code == 200
    detail = await catalogue.detail(saved["product_id"])
    assert [v["sku"] for v in detail["variants"]] == ["ALDEA-SAND", "ALDEA-MOSS"]
    assert (await catalogue.list())["items"][0]["price_minor"] == 7000
    freed = await catalogue.create(**simple("ALDEA-CLAY", 100))
    assert freed["version"] == 1


async def test_an_active_product_cannot_lose_its_last_price(catalogue: Catalogue) -> None:
    saved = await catalogue.create()
    answer = await catalogue.http.patch(f"/v1/products/{saved['product_id']}", json={"variants": []})
    assert (answer.status_code, answer.json()["code"]) == (422, "no_price")


async def test_options_and_variants_must_agree_after_a_change(catalogue: Catalogue) -> None:
    saved = await catalogue.create()
    answer = await catalogue.http.patch(f"/v1/products/{saved['product_id']}", json={"options": ["Size"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "options_mismatch")


async def test_a_change_to_a_version_that_has_passed_is_refused(catalogue: Catalogue) -> None:
    saved = await catalogue.create()
    path = f"/v1/products/{saved['product_id']}"
    for version in (1, 2):
        in_body: dict[str, Any] = {"json": {"title": "New", "version": version}}
        in_header: dict[str, Any] = {"json": {"title": "New"}, "headers": {"if-match": f'"{version}"'}}
        accepted, refused = (in_body, in_header) if version == 1 else (in_header, in_body)
        assert (await catalogue.http.patch(path, **accepted)).json()["version"] == version + 1
        answer = await catalogue.http.patch(path, **refused)
        assert (answer.status_code, answer.json()["code"]) == (409, "version_conflict")
        assert answer.json()["details"] == {"version": version + 1}
    answer = await catalogue.http.patch(path, json={"title": "New"}, headers={"if-match": '"abc"'})
    assert (answer.status_code, answer.json()["code"]) == (422, "if_match_invalid")


async def test_what_happens_to_a_product_is_told_with_its_version(catalogue: Catalogue) -> None:
    saved = await catalogue.create(external_id="x")
    path = f"/v1/products/{saved['product_id']}"
    await catalogue.http.patch(path, json={"title": "Other"})
    await catalogue.http.post(f"{path}/archive")
    await catalogue.http.post(f"{path}/activate")
    about = {"product_id": saved["product_id"], "external_id": "x"}
    assert await catalogue.told() == [
        {"type": "product.created", **about, "version": 1},
        {"type": "product.updated", **about, "version": 2},
        {"type": "product.archived", **about, "version": 3},
        {"type": "product.updated", **about, "version": 4},
    ]


async def test_a_refused_change_tells_nothing_and_leaves_nothing(catalogue: Catalogue) -> None:
    saved = await catalogue.create()
    await catalogue.create(**simple("OTHER", 1))
    before = await catalogue.detail(saved["product_id"])
    answer = await catalogue.http.patch(
        f"/v1/products/{saved['product_id']}",
        json={"title": "New", "options": [], "variants": [variant("OTHER", 5)]},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "sku_taken")
    assert await catalogue.detail(saved["product_id"]) == before
    assert len(await catalogue.told()) == 2


async def test_reads_are_conditional_on_what_the_reader_has(catalogue: Catalogue) -> None:
    saved = await catalogue.create()
    path = f"/v1/products/{saved['product_id']}"
    tag = (await catalogue.public.get(path)).headers["etag"]
    again = await catalogue.public.get(path, headers={"if-none-match": tag})
    assert again.status_code == 304 and again.content == b""
    await catalogue.http.patch(path, json={"title": "Other"})
    assert (await catalogue.public.get(path, headers={"if-none-match": tag})).status_code == 200


async def test_offers_are_what_can_be_bought_now(catalogue: Catalogue) -> None:
    await catalogue.categories("Home > Vases")
    clay = variant("CLAY", 6800, Colour="Clay") | {"weight_grams": 900}
    clay["prices"][0]["compare_at_minor"] = 8200
    saved = await catalogue.create(
        external_id="tw-aldea",
        categories=["Home > Vases"],
        variants=[clay, variant("SAND", None, Colour="Sand"), variant("MOSS", 1, "USD", Colour="Moss")],
        images=[{"url": "/a.webp"}],
        tax_class="reduced",
    )
    await catalogue.create(**simple("DRAFT", 100, status="draft"))
    offers = await catalogue.product.offers(["CLAY", "SAND", "MOSS", "DRAFT", "NOTHING", "CLAY"], "EUR")
    shown = [msgspec.to_builtins(offer) for offer in offers]
    groups = shown[0].pop("group_ids")
    assert len(groups) == len(set(groups)) >= 2, "both categories of its path, at least"
    assert shown == [
        {
            "sku": "CLAY",
            "product_id": saved["product_id"],
            "external_id": "tw-aldea",
            "title": "Aldea vase",
            "options": {"Colour": "Clay"},
            "price_minor": 6800,
            "currency": "EUR",
            "weight_grams": 900,
            "category": "Home > Vases",
            "compare_at_minor": 8200,
            "tax_class": "reduced",
            "image_url": "/a.webp",
        }
    ]
    await catalogue.http.post(f"/v1/products/{saved['product_id']}/archive")
    assert await catalogue.product.offers(["CLAY"], "EUR") == []
