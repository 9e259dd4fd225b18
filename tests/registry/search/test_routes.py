"""Finding areas however their names are typed."""

from datetime import date

import pytest

from services.registry.areas.models import Area
from shared.areas import level_of, parent_of
from tests.registry.conftest import Registry
from tests.world import World

PLACES = {
    "02": ("បាត់ដំបង", "Battambang"),
    "0202": ("ថ្មគោល", "Thma Koul"),
    "020201": ("តាពូង", "Ta Pung"),
    "02020101": ("ថ្មី", "Thmei"),
    "02020102": ("ស្ត្រីថ្មី", "Strei Thmei"),
    "020202": ("តាមឺន", "Ta Meun"),
    "02020201": ("ថ្មី", "Thmei"),
    "02020202": ("តាពូងថ្មី", "Ta Pung Thmei"),
    "0203": ("បាត់ដំបង", "Battambang"),
    "12": ("រាជធានីភ្នំពេញ", "Phnom Penh"),
    "1204": ("ខណ្ឌទួលគោក", "Tuol Kouk"),
    "120401": ("ភ្នំពេញថ្មី", "Phnum Penh Thmei"),
    "12040101": ("ភូមិ ១", "Phum 1"),
    "12040102": ("ស្អាង", "S'ang"),
}


@pytest.fixture
async def places(world: World) -> Registry:
    """A registry of a few places."""
    client = await world.start("registry")
    async with client.runtime.database.transaction() as db:
        for code, (name_km, name_en) in PLACES.items():
            db.add(
                Area(
                    code=code,
                    level=level_of(code),
                    parent_code=parent_of(code) or None,
                    name_km=name_km,
                    name_en=name_en,
                    valid_from=date(2025, 1, 1),
                )
            )
    return Registry(world, client)


async def codes(places: Registry, q: str, **more: str | int | bool) -> list[str]:
    """The codes that a search finds, best first."""
    answer = await places.get("/areas/search", params={"q": q} | more)
    assert answer.status_code == 200, answer.text
    return [hit["code"] for hit in answer.json()["items"]]


async def test_a_hit_tells_where_it_lies(places: Registry) -> None:
    answer = (await places.get("/areas/search", params={"q": "thmei", "level": "village"})).json()
    assert [(hit["code"], hit["match"]) for hit in answer["items"]] == [
        ("02020101", "name"),
        ("02020201", "name"),
        ("02020102", "word"),
        ("02020202", "word"),
    ]
    hit = answer["items"][0]
    assert (hit["name_km"], hit["name_en"], hit["status"]) == ("ថ្មី", "Thmei", "open")
    assert [above["name_en"] for above in hit["path"]] == ["Ta Pung", "Thma Koul", "Battambang"]
    assert [above["name_km"] for above in hit["path"]] == ["តាពូង", "ថ្មគោល", "បាត់ដំបង"]
    assert answer["more"] is False


async def test_an_area_called_search_is_still_read_by_its_code(places: Registry) -> None:
    assert (await places.get("/areas/020201")).json()["name_en"] == "Ta Pung"


WAYS = [
    "Ta Pung",
    "tapung",
    "TAPUNG",
    "  ta   pung ",
    "ta-pung",
    "tá püng",
    "ta'pung",
    "ta\u200bpung",
    "តាពូង",
    "តា ពូង",
    "ត\u200bា\u2060ពូ\ufeffង",
    "020201",
    "០២០២០១",
    "02 02 01",
    "02-02-01",
    "khum tapung",
    "ឃុំតាពូង",
    "ឃុំ តាពូង",
    "សង្កាត់តាពូង",
    "commune ta pung",
]


async def test_ways_to_type_it(places: Registry) -> None:
    assert {typed: (await codes(places, typed))[:1] for typed in WAYS} == {typed: ["020201"] for typed in WAYS}


@pytest.mark.parametrize(
    "typed",
    [
        "ស្ត្រី",
        "ស្រ្តី",  # the two coengs in the other order
        "ស្ដ្រី",  # coeng da, which looks like coeng ta
        "សី្ត្រ",  # the vowel before the coengs
    ],
)
async def test_a_syllable_typed_in_another_order(places: Registry, typed: str) -> None:
    assert await codes(places, typed) == ["02020102"]


BEST = {
    "ta pung thma koul": "020201",
    "thma koul ta pung": "020201",
    "phum thmei khum ta meun": "02020201",
    "ភូមិថ្មី ឃុំតាមឺន": "02020201",
    "thmei 020202": "02020201",
    "ta pung thmei": "02020202",
    "battambang phum thmei": "02020101",
    "thmei battambang": "02020101",
    "srok battambang": "0203",
    "khet battambang": "02",
    "battambang": "02",
    "tuolkouk": "1204",
    "ភ្នំពេញ": "120401",
    "រាជធានីភ្នំពេញ": "12",
    "reach theani phnom penh": "12",
    "sang": "12040102",
    "ភូមិ ១": "12040101",
    "phum 1": "12040101",
}


async def test_the_best_comes_first(places: Registry) -> None:
    assert {typed: (await codes(places, typed))[:1] for typed in BEST} == {typed: [BEST[typed]] for typed in BEST}


async def test_the_order_of_what_is_found(places: Registry) -> None:
    assert await codes(places, "ta p") == ["020201", "02020202"], "the commune before the village"
    assert await codes(places, "0202") == ["0202", "020201", "020202", "02020101", "02020102", "02020201", "02020202"]
    assert await codes(places, "ung") == ["020201", "02020202"], "inside a name"
    assert await codes(places, "zzz") == []
    assert await codes(places, "--") == []


async def test_narrowed(places: Registry) -> None:
    assert await codes(places, "thmei", area="020202") == ["02020201", "02020202"]
    assert await codes(places, "battambang", level="district") == ["0203"]
    answer = (await places.get("/areas/search", params={"q": "thmei", "limit": 2})).json()
    assert ([hit["code"] for hit in answer["items"]], answer["more"]) == (["02020101", "02020201"], True)


async def test_a_village_lies_where_its_commune_is(places: Registry) -> None:
    await places.execute("UPDATE area SET code = '12999901' WHERE code = '02020202'")
    assert await codes(places, "tapungthmei", area="02") == ["12999901"]
    assert await codes(places, "tapungthmei", area="12") == []


async def test_closed_areas_and_former_names(places: Registry) -> None:
    await places.execute("UPDATE area SET status = 'closed' WHERE code = '020202'")
    assert await codes(places, "tameun") == []
    assert await codes(places, "tameun", include_closed=True) == ["020202"]
    await places.execute(
        "INSERT INTO area_period (area_id, code, level, parent_code, name_km, name_en, valid_from, valid_to, version)"
        " SELECT id, '020299', level, parent_code, 'ចាស់', 'Chas Chas', valid_from, valid_from, 1"
        " FROM area WHERE code = '020201'"
    )
    answer = (await places.get("/areas/search", params={"q": "chas chas"})).json()
    assert [(hit["code"], hit["match"]) for hit in answer["items"]] == [("020201", "former")]
    assert await codes(places, "020299") == ["020201"]
    assert await codes(places, "chas chas", area="12") == []


async def test_keys_follow_every_writer(places: Registry) -> None:
    await places.execute("UPDATE area SET name_en = 'Kampong Thmei' WHERE code = '020202'")
    assert await codes(places, "kampongthmei") == ["020202"]
    assert await codes(places, "tameun") == []


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({}, "query/q"),
        ({"q": "x" * 101}, "query/q"),
        ({"q": "x", "level": "town"}, "query/level"),
        ({"q": "x", "area": "1"}, "query/area"),
        ({"q": "x", "limit": 0}, "query/limit"),
        ({"q": "x", "limit": 101}, "query/limit"),
        ({"q": "x", "include_closed": "perhaps"}, "query/include_closed"),
    ],
)
async def test_bad_input(places: Registry, params: dict[str, str | int], pointer: str) -> None:
    answer = await places.get("/areas/search", params=params)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"] == pointer


ANYTHING = [
    "",
    " ",
    "%",
    "_",
    "\\",
    "'",
    "|",
    "\x00",
    "\ud7ff",
    "🙂",
    "a|b",
    ":v1",
    "' OR 1=1 --",
    "០" * 100,
    "a b " * 25,
]


async def test_anything_may_be_typed(places: Registry) -> None:
    assert {typed: await codes(places, typed) for typed in ANYTHING} == {typed: [] for typed in ANYTHING}
