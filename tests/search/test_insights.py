"""What people search for and choose, and what staff make of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.search.stall import Stall, open_stall
from tests.shop import customer
from tradewind.services.search.use_cases.record_searches import record_searches


async def told(stall: Stall) -> list[dict[str, Any]]:
    rows = await stall.shop.database("search").fetch("SELECT type, payload::text FROM outbox ORDER BY id")
    return [dict(row) for row in rows]


async def test_searches_and_clicks_are_told_once_and_counted(stall: Stall) -> None:
    product_id = await stall.create("Kite")
    await stall.settle()
    found = await stall.search("Kite!")
    await stall.search("KITE", limit=1, brand="Nobody")
    await stall.search("unicorn saddle")
    await stall.search()  # nothing was asked
    assert await told(stall) == [], "no search waits for a commit"
    click = {"search_id": found["search_id"], "product_id": product_id, "position": 1}
    for _ in range(2):
        assert (await stall.public.post("/v1/search/clicks", json=click)).status_code == 204
    await stall.settle()
    types = [event["type"] for event in await told(stall)]
    assert sorted(types) == ["search.hit_clicked", *3 * ["search.performed"]]
    answer = await stall.staff.get("/v1/search/insights", params={"days": 7})
    insights = answer.json()
    assert insights["top"][0] == {"query": "kite", "searches": 2, "clicks": 1, "average_hits": 0.5}
    assert {query["query"]: query["searches"] for query in insights["zero"]} == {
        "kite": 1,
        "unicorn saddle": 1,
    }
    assert insights["searches"] == 3 and abs(insights["click_rate"] - 1 / 3) < 1e-9


async def test_a_commit_whose_answer_was_lost_holds_up_no_later_search(stall: Stall) -> None:
    await stall.search("kite")
    (record,) = stall.deps.records.waiting
    await record_searches(stall.deps)
    stall.deps.records.give_back([record])
    await stall.search("dragon")
    assert await record_searches(stall.deps) == 2
    assert [event["type"] for event in await told(stall)] == 2 * ["search.performed"]
    assert await stall.shop.database("search").value("SELECT count(*) FROM searches") == 2


async def test_who_searched_is_known_where_they_are_signed_in(stall: Stall) -> None:
    someone = customer()
    async with stall.shop.client(someone) as client:
        assert (await client.get("/v1/search", params={"q": "kite"})).status_code == 200
    await stall.settle()
    (event,) = await told(stall)
    assert f'"account_id": "{someone.account_id}"' in event["payload"]


async def test_what_was_searched_last_is_written_down_when_a_process_ends(database_url: str) -> None:
    async with open_stall(database_url) as stall:
        await stall.shop.runtime.start()
        await stall.search("kite")
    async with open_stall(database_url) as stall:
        assert await stall.shop.database("search").value("SELECT query FROM searches") == "kite"


async def test_records_outlast_a_database_that_is_away(stall: Stall) -> None:
    await stall.search("kite")
    await stall.deps.db.execute("ALTER TABLE searches RENAME TO elsewhere")
    try:
        await record_searches(stall.deps)
    except Exception as error:  # noqa: BLE001 - whatever the database says of it
        assert "searches" in str(error)
    await stall.deps.db.execute("ALTER TABLE elsewhere RENAME TO searches")
    assert await record_searches(stall.deps) == 1


async def test_synonyms_hold_from_the_next_search_on(stall: Stall) -> None:
    for title in ("Sofa", "Settee with legs", "Notebook", "Mobile phone", "Trousers"):
        await stall.create(title)
    await stall.settle()
    assert await stall.titles("couch") == []
    both = {"terms": ["couch", "sofa", "settee"]}
    path = f"/v1/search/synonyms/{uuid4()}"
    assert (await stall.staff.put(path, json=both)).status_code == 200
    assert set(await stall.titles("couch")) == set(await stall.titles("Sofa")) == {"Sofa", "Settee with legs"}
    one_way = {"terms": ["mobile phone"], "kind": "one_way", "from_term": "cell phone"}
    other = f"/v1/search/synonyms/{uuid4()}"
    assert (await stall.staff.put(other, json=one_way)).status_code == 200
    assert await stall.titles("cell phone") == ["Mobile phone"]
    listed = (await stall.staff.get("/v1/search/synonyms", params={"limit": 1})).json()
    rest = (await stall.staff.get("/v1/search/synonyms", params={"cursor": listed["next"]})).json()
    assert [entry["terms"] for entry in (*listed["items"], *rest["items"])] == [
        ["couch", "sofa", "settee"],
        ["mobile phone"],
    ]
    assert (await stall.staff.delete(path)).status_code == 204
    assert await stall.titles("couch") == []
    assert (await stall.staff.delete(path)).status_code == 404


async def test_synonyms_that_say_nothing_are_refused(stall: Stall) -> None:
    for body, field in (
        ({"terms": ["couch"]}, "terms"),
        ({"terms": ["Couch", "couch!"]}, "terms"),
        ({"terms": ["couch", "?!"]}, "terms[1]"),
        ({"terms": ["sofa"], "kind": "one_way"}, "from_term"),
        ({"terms": ["a", "b"], "from_term": "c"}, "from_term"),
        ({"terms": []}, "terms"),
    ):
        answer = await stall.staff.put(f"/v1/search/synonyms/{uuid4()}", json=body)
        assert (answer.status_code, answer.json().get("field")) == (422, field), answer.text


async def test_what_others_found_is_suggested_and_meant(stall: Stall) -> None:
    await stall.create("Kite with a tail")
    await stall.settle()
    for _ in range(3):
        await stall.search("kite tail")
    await stall.search("kite of mine alone")
    await stall.settle()
    stall.deps.memory.read_at = stall.deps.memory.queries_read_at = -1.0
    told = [query["text"] for query in (await stall.suggest("kit"))["queries"]]
    assert told == ["kite tail", "kite"]
    assert (await stall.search("kite tial"))["did_you_mean"] == "kite tail"
    assert (await stall.search("kt3 tail0"))["did_you_mean"] == "kite tail", "no word of it, but as a whole"


async def test_staff_alone_look_behind(stall: Stall) -> None:
    for path in ("insights", "synonyms", "status"):
        assert (await stall.public.get(f"/v1/search/{path}")).status_code == 401
