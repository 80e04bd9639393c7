"""Reviews over HTTP: written, shown, moderated, answered, changed, taken back; and the ratings made of them."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest

from tests.product.catalogue import Catalogue, open_catalogue, simple
from tests.shop import customer
from tradewind.contracts.common import Address, Money
from tradewind.contracts.order import Buyer, OrderCancelled, OrderedLine, OrderPlaced, OrderTotals
from tradewind.contracts.product import Product
from tradewind.contracts.user import AccountClosed
from tradewind.demo import PRODUCTS
from tradewind.demo.reviews import demo_reviews
from tradewind.kernel.events import Envelope, Event
from tradewind.services.product.review_rules import author_name
from tradewind.services.product.use_cases.take_over_reviews import take_over_reviews
from tradewind.services.user.use_cases.ensure_account import ensure_account

PASSWORD = "seven lean cows graze"
WORDS = {"rating": 5, "title": " Lovely ", "text": "Heavy, and it does not wobble.\n"}


@asynccontextmanager
async def person(
    catalogue: Catalogue, name: str = "Ada Lovelace"
) -> AsyncIterator[tuple[uuid.UUID, httpx.AsyncClient]]:
    email = f"{uuid.uuid4().hex}@example.com"
    account_id = await ensure_account(catalogue.shop.deps("user"), email, name, PASSWORD, ("customer",))
    async with catalogue.shop.client(customer(account_id)) as client:
        yield account_id, client


async def hears(catalogue: Catalogue, event: Event, subscriber: str) -> None:
    """As the bus brings it."""
    data = msgspec.Raw(msgspec.json.encode(event))
    envelope = Envelope(
        uuid.uuid4(), event.event_type(), "order", event.subject_id(), catalogue.deps.clock.now(), "", data
    )
    assert await catalogue.shop.runtime.running["product"].inbox.receive(envelope, f"product.{subscriber}")
    failed = await catalogue.shop.database("product").fetch("SELECT reason FROM inbox WHERE state <> 'done'")
    assert [tuple(row) for row in failed] == []


def placed(order_id: uuid.UUID, account_id: uuid.UUID | None, *product_ids: str) -> OrderPlaced:
    lines = [OrderedLine("SKU", uuid.UUID(one), "Vase", 1, 100, 100) for one in product_ids]
    address = Address("Ada", "Torstr. 1", "Berlin", "DE")
    buyer = Buyer("ada@example.com", "Ada", account_id=account_id)
    totals = OrderTotals(100, 0, 0, 0, 100)
    return OrderPlaced(
        order_id, "1", buyer, Money(100, "EUR"), totals, lines, address, shipping_method="standard"
    )


def cancelled(order_id: uuid.UUID, account_id: uuid.UUID) -> OrderCancelled:
    buyer = Buyer("ada@example.com", "Ada", account_id=account_id)
    return OrderCancelled(order_id, "1", "changed my mind", buyer, Money(100, "EUR"), was_placed=True)


async def buys(catalogue: Catalogue, account_id: uuid.UUID, *product_ids: str) -> uuid.UUID:
    order_id = uuid.uuid4()
    await hears(catalogue, placed(order_id, account_id, *product_ids), "keep_purchase")
    return order_id


async def write(client: httpx.AsyncClient, product_id: str, **words: Any) -> dict[str, Any]:
    answer = await client.post(f"/v1/products/{product_id}/reviews", json={**WORDS, **words})
    assert answer.status_code == 201, answer.text
    written: dict[str, Any] = answer.json()
    return written


async def shown(catalogue: Catalogue, product_id: str, **query: Any) -> dict[str, Any]:
    answer = await catalogue.public.get(f"/v1/products/{product_id}/reviews", params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def rating(catalogue: Catalogue, product_id: str) -> tuple[float | None, int]:
    """As the product's page, its card, and its document have it: all the same."""
    detail = await catalogue.detail(product_id)
    (card,) = (await catalogue.list(external_id=detail["external_id"]))["items"]
    contract: Product = catalogue.product
    (document,) = await contract.documents([uuid.UUID(product_id)])
    found = {(one["rating_average"], one["rating_count"]) for one in (detail, card)}
    found |= {(document.rating_average, document.rating_count)}
    assert len(found) == 1
    return found.pop()


async def test_who_bought_it_is_shown_at_once_and_others_when_staff_say_so(catalogue: Catalogue) -> None:
    product_id = (await catalogue.create())["product_id"]
    async with person(catalogue) as (ada, her), person(catalogue, "Bob") as (_, his):
        await buys(catalogue, ada, product_id)
        first, second = await write(her, product_id), await write(his, product_id, rating=2, title="Meh")
        assert (first["state"], first["verified"], first["author"]) == ("published", True, "Ada L.")
        assert (first["title"], first["text"]) == ("Lovely", "Heavy, and it does not wobble.")
        assert (second["state"], second["verified"], second["author"]) == ("pending", False, "Bob")
        page = await shown(catalogue, product_id)
        assert [item["review_id"] for item in page["items"]] == [first["review_id"]]
        assert (page["rating_average"], page["rating_count"], page["stars"]) == (5, 1, [0, 0, 0, 0, 1])
        assert "account_id" not in page["items"][0]
        waiting = (await catalogue.http.get("/v1/reviews", params={"state": "pending"})).json()["items"]
        assert [(one["review_id"], one["product_title"]) for one in waiting] == [
            (second["review_id"], "Aldea vase")
        ]
        published = await catalogue.http.post(f"/v1/reviews/{second['review_id']}/publish")
        assert (published.status_code, published.json()["state"]) == (200, "published")
        assert await rating(catalogue, product_id) == (3.5, 2)
        again = await catalogue.http.post(f"/v1/reviews/{second['review_id']}/publish")
        assert (again.status_code, again.json()["code"]) == (409, "state_conflict")
        await catalogue.http.post(f"/v1/reviews/{first['review_id']}/refuse")
        assert await rating(catalogue, product_id) == (2, 1)
        counts = (await catalogue.http.get("/v1/reviews/counts")).json()
        assert counts == {"pending": 0, "published": 1, "refused": 1}
    told = await catalogue.told()
    assert [event["type"] for event in told if event["type"] == "product.review_published"] == [
        "product.review_published"
    ] * 2
    versions = [event["version"] for event in told if event["type"] == "product.updated"]
    assert versions == [2, 3, 4]
    (document,) = await catalogue.product.documents([uuid.UUID(product_id)])
    assert document.version == 4
    assert (await catalogue.detail(product_id))["version"] == 1, "an edit of staff goes on"


async def test_a_review_is_its_authors_to_change_and_to_take_back(catalogue: Catalogue) -> None:
    product_id = (await catalogue.create())["product_id"]
    async with person(catalogue) as (ada, her), person(catalogue) as (_, other):
        await buys(catalogue, ada, product_id)
        url = f"/v1/reviews/{(await write(her, product_id))['review_id']}"
        again = await her.post(f"/v1/products/{product_id}/reviews", json=WORDS)
        assert (again.status_code, again.json()["code"]) == (409, "review_exists")
        for answer in (await other.patch(url, json={"rating": 1}), await other.delete(url)):
            assert (answer.status_code, answer.json()["code"]) == (404, "review_not_found")
        changed = (await her.patch(url, json={"rating": 3})).json()
        assert (changed["rating"], changed["title"], changed["state"]) == (3, "Lovely", "published")
        assert await rating(catalogue, product_id) == (3, 1)
        before = len(await catalogue.told())
        assert (await her.patch(url, json={"rating": 3})).json() == changed
        assert (await her.patch(url, json={"text": "It leaks."})).json()["state"] == "published"
        assert len(await catalogue.told()) == before, "the rating is what it was"
        await catalogue.http.post(f"{url}/refuse")
        assert (await her.patch(url, json={"text": "It leaks!"})).json()["state"] == "pending"
        own = (await her.get("/v1/me/reviews", params={"product_id": product_id})).json()["items"]
        assert [(one["text"], one["state"]) for one in own] == [("It leaks!", "pending")]
        assert (await other.get("/v1/me/reviews")).json()["items"] == []
        await catalogue.http.post(f"{url}/publish")
        assert (await her.delete(url)).status_code == 204
        assert await rating(catalogue, product_id) == (None, 0)
        await write(her, product_id, rating=4)
        assert await rating(catalogue, product_id) == (4, 1)


async def test_only_what_was_bought_and_kept_verifies_a_review(catalogue: Catalogue) -> None:
    vase, lamp = (
        (await catalogue.create())["product_id"],
        (await catalogue.create(**simple("LAMP", 900)))["product_id"],
    )
    async with person(catalogue) as (ada, her):
        order_id = await buys(catalogue, ada, vase)
        review = await write(her, vase)
        assert not (await write(her, lamp))["verified"]
        await hears(catalogue, cancelled(order_id, ada), "drop_purchase")
        (item,) = (await shown(catalogue, vase))["items"]
        assert (item["review_id"], item["verified"]) == (review["review_id"], False)
        early = uuid.uuid4()  # its cancellation is heard first
        await hears(catalogue, cancelled(early, ada), "drop_purchase")
        await hears(catalogue, placed(early, ada, vase), "keep_purchase")
        assert not (await shown(catalogue, vase))["items"][0]["verified"]
        await hears(catalogue, placed(uuid.uuid4(), None, vase), "keep_purchase")
        await buys(catalogue, ada, lamp, vase)
        assert (await shown(catalogue, vase))["items"][0]["verified"]


@pytest.mark.parametrize(("shown_at_once", "states"), [("all", ["published"] * 2), ("none", ["pending"] * 2)])
async def test_a_setting_says_what_is_shown_at_once(
    database_url: str, shown_at_once: str, states: list[str]
) -> None:
    environ = {"TRADEWIND_PRODUCT_REVIEWS_SHOWN_AT_ONCE": shown_at_once}
    async with open_catalogue(database_url, environ=environ) as catalogue:
        product_id = (await catalogue.create())["product_id"]
        async with person(catalogue) as (ada, her), person(catalogue) as (_, his):
            await buys(catalogue, ada, product_id)
            assert [(await write(who, product_id))["state"] for who in (her, his)] == states


async def test_reviews_are_paged_in_every_order(database_url: str) -> None:
    environ = {"TRADEWIND_PRODUCT_REVIEWS_SHOWN_AT_ONCE": "all"}
    async with open_catalogue(database_url, environ=environ) as catalogue:
        product_id = (await catalogue.create())["product_id"]
        for stars in (3, 5, 1, 5, 4):
            async with person(catalogue) as (_, client):
                await write(client, product_id, rating=stars)
        page = await shown(catalogue, product_id)
        assert (page["rating_average"], page["stars"]) == (3.6, [1, 0, 1, 1, 2])
        for sort, wanted in (
            ("newest", [4, 5, 1, 5, 3]),
            ("rating", [5, 5, 4, 3, 1]),
            ("-rating", [1, 3, 4, 5, 5]),
        ):
            found, seen, cursor = [], set(), None
            while True:
                page = await shown(
                    catalogue, product_id, sort=sort, limit=2, **({"cursor": cursor} if cursor else {})
                )
                found += [item["rating"] for item in page["items"]]
                seen |= {item["review_id"] for item in page["items"]}
                cursor = page["next"]
                if cursor is None:
                    break
            assert (found, len(seen)) == (wanted, 5)
        assert [item["rating"] for item in (await shown(catalogue, product_id, rating=5))["items"]] == [5, 5]
        foreign = await catalogue.public.get(f"/v1/products/{product_id}/reviews", params={"cursor": "e30"})
        assert (foreign.status_code, foreign.json()["code"]) == (422, "cursor_invalid")


async def test_the_shop_answers_below_a_review_and_a_closed_account_loses_its_name(
    catalogue: Catalogue,
) -> None:
    product_id = (await catalogue.create())["product_id"]
    async with person(catalogue) as (ada, her):
        await buys(catalogue, ada, product_id)
        url = f"/v1/reviews/{(await write(her, product_id))['review_id']}"
        answered = await catalogue.http.put(f"{url}/answer", json={"text": " Thank you! "})
        assert answered.json()["answer"] == "Thank you!" and answered.json()["answered_at"]
        assert (await shown(catalogue, product_id))["items"][0]["answer"] == "Thank you!"
        await hears(catalogue, AccountClosed(ada), "forget_author")
        (item,) = (await shown(catalogue, product_id))["items"]
        assert (item["author"], item["rating"]) == ("", 5)
        assert (await catalogue.http.put(f"{url}/answer", json={"text": None})).json()["answer"] is None
        blank = await catalogue.http.put(f"{url}/answer", json={"text": "  "})
        assert (blank.status_code, blank.json()["field"]) == (422, "text")
    closed = await catalogue.shop.client(customer()).post(f"/v1/products/{product_id}/reviews", json=WORDS)
    assert (closed.status_code, closed.json()["code"]) == (404, "account_not_found")


async def test_what_is_not_on_sale_is_not_reviewed_nor_shown(catalogue: Catalogue) -> None:
    draft_id = (await catalogue.create(status="draft"))["product_id"]
    async with person(catalogue) as (_, her):
        for product_id in (draft_id, str(uuid.uuid4()), "none"):
            for answer in (
                await her.post(f"/v1/products/{product_id}/reviews", json=WORDS),
                await her.get(f"/v1/products/{product_id}/reviews"),
            ):
                assert (answer.status_code, answer.json()["code"]) == (404, "product_not_found")
    assert (await catalogue.http.get(f"/v1/products/{draft_id}/reviews")).json()["rating_count"] == 0


async def test_many_at_once_are_all_counted(catalogue: Catalogue) -> None:
    """Ten customers, staff who publish, staff who edit: nothing is lost."""
    product_id = (await catalogue.create())["product_id"]

    async def one(stars: int) -> None:
        async with person(catalogue) as (_, client):
            review = await write(client, product_id, rating=stars)
            await catalogue.http.post(f"/v1/reviews/{review['review_id']}/publish")

    async def edit() -> None:
        answer = await catalogue.http.patch(f"/v1/products/{product_id}", json={"description": "New."})
        assert answer.status_code == 200, answer.text

    await asyncio.gather(*(one(stars) for stars in (1, 2, 3, 4, 5) * 2), edit(), edit())
    assert await rating(catalogue, product_id) == (3, 10)


async def test_the_best_rated_come_first_and_few_reviews_weigh_less(database_url: str) -> None:
    environ = {"TRADEWIND_PRODUCT_REVIEWS_SHOWN_AT_ONCE": "all"}
    async with open_catalogue(database_url, environ=environ) as catalogue:
        made = {name: (await catalogue.create(**simple(name, 100)))["product_id"] for name in "ABCD"}
        for name, given in (("A", [5]), ("B", [5, 5, 5, 4]), ("C", [2])):
            for stars in given:
                async with person(catalogue) as (_, client):
                    await write(client, made[name], rating=stars)
        assert await catalogue.titles(sort="rating", limit=2) == ["B", "A", "C", "D"]
        assert await catalogue.titles(rating_min="4.75", sort="title") == ["A", "B"]
        assert await catalogue.titles(rating_min=5) == ["A"]
        staff = await catalogue.http.get("/v1/products", params={"status": "active", "sort": "rating"})
        assert [item["title"] for item in staff.json()["items"]] == ["B", "A", "C", "D"]
        some = await catalogue.http.get(
            "/v1/products", params={"status": "active", "rating_min": 2, "sort": "title"}
        )
        assert [item["title"] for item in some.json()["items"]] == ["A", "B", "C"]


def test_names_are_shortened() -> None:
    names = {"Ada King Lovelace": "Ada L.", "Ada": "Ada", "": "", "  ": "", "x" * 99: "x" * 60}
    assert {name: author_name(name) for name in names} == names


async def test_past_reviews_are_taken_over_once(catalogue: Catalogue) -> None:
    """The demo's: with their dates, in one go."""
    await catalogue.take_in(PRODUCTS.read_bytes())
    past = demo_reviews(catalogue.deps.clock.now())
    before = len(await catalogue.told())
    assert await take_over_reviews(catalogue.deps, past) == len(past)
    told = (await catalogue.told())[before:]
    published = [review for review in past if review.state == "published"]
    assert {event["type"] for event in told} == {"product.updated"}
    assert len(told) == len({review.external_id for review in published})
    assert await take_over_reviews(catalogue.deps, past) == 0
    assert len(await catalogue.told()) == before + len(told)
    counts = (await catalogue.http.get("/v1/reviews/counts")).json()
    assert counts == {"refused": 0} | dict(Counter(review.state for review in past))
    of_one = sorted(
        (review for review in published if review.external_id == published[0].external_id),
        key=lambda review: review.written_at,
        reverse=True,
    )
    detail = (await catalogue.public.get(f"/v1/products/by-external-id/{published[0].external_id}")).json()
    page = await shown(catalogue, detail["product_id"])
    assert [(item["text"], item["verified"]) for item in page["items"]] == [
        (review.text, review.order_id is not None) for review in of_one
    ]
    assert page["rating_count"] == len(of_one) == detail["rating_count"]
