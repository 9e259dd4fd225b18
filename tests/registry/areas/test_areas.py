"""Reading areas."""

from tests.registry.conftest import AREAS, Registry, add_areas


async def test_anybody_reads_areas_in_the_order_of_their_codes(registry: Registry) -> None:
    answer = await registry.get("/areas")
    assert [area["code"] for area in answer.json()["items"]] == sorted(AREAS)
    assert [area["code"] for area in (await registry.get("/areas?parent=0202")).json()["items"]] == ["020201", "020202"]
    assert [area["code"] for area in (await registry.get("/areas?level=district")).json()["items"]] == [
        "0202",
        "0203",
        "0301",
    ]
    one = await registry.get("/areas/020201")
    assert one.headers["etag"] == '"1"'
    assert one.json()["level"] == "commune"


async def test_areas_that_share_a_code_are_on_one_page_each(registry: Registry) -> None:
    async with registry.client.runtime.database.transaction() as db:
        await add_areas(db, "02020101", "02020101")
    seen = [area["id"] for area in await registry.all_pages("/areas", parent="020201", limit=1)]
    assert len(set(seen)) == len(seen) == 3
    assert (await registry.get("/areas/02020101")).json()["id"] == min(seen)


UNKNOWN_CODES = ["99", "020299", "xx", "0202-1", "ខេត្ត"]


async def test_an_unknown_code_is_not_found(registry: Registry) -> None:
    for code in UNKNOWN_CODES:
        answer = await registry.get(f"/areas/{code}")
        assert (answer.status_code, answer.json()["code"]) == (404, "area_not_found")


BAD_QUERIES = [
    ("level=town", "query/level"),
    ("parent=2", "query/parent"),
    ("parent=02%25", "query/parent"),
    ("limit=0", "query/limit"),
    ("limit=501", "query/limit"),
    ("cursor=nonsense", "query/cursor"),
    ("cursor=WzFd", "query/cursor"),
    ("cursor=WyIwMiIsICJ4Il0", "query/cursor"),
]


async def test_bad_queries_are_named(registry: Registry) -> None:
    for query, pointer in BAD_QUERIES:
        answer = await registry.get(f"/areas?{query}")
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer
