"""The page that a poster's QR code opens."""

import gzip
import re

import pytest
from httpx import Response
from sqlalchemy.exc import OperationalError

from services.registry.packs import listing
from services.registry.packs.rendering import POLICY, STYLE
from shared.db import Database
from tests.registry.conftest import Registry
from tests.registry.packs.examples import content_of, publish

PAGE = "/i4c/HC-020201-1"


async def read(registry: Registry, path: str = PAGE, **headers: str) -> Response:
    return await registry.client.http.get(path, headers={"Accept-Encoding": "identity"} | headers)


async def test_a_unit_is_read_in_khmer_and_in_english(registry: Registry) -> None:
    await registry.unit()
    await publish(registry, year=2025)
    await publish(registry, standards=30, facts=12)
    khmer = await read(registry)
    assert (khmer.status_code, khmer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert khmer.headers["content-security-policy"] == POLICY
    assert len(khmer.content) < 30_000
    assert '<html lang="km">' in khmer.text
    assert "២.០០០ រៀល" in khmer.text
    assert "១.២៥០.០០០ រៀល" in khmer.text
    english = await read(registry, f"{PAGE}?lang=en&fbclid=x")
    assert "2,000 riel" in english.text
    assert "2,500,000 persons" in english.text
    assert set(re.findall(r'(?:src|href)="(https?:)?//', english.text)) == set(), "nothing comes from elsewhere"
    assert "<script" not in english.text
    assert 'href="/i4c/HC-020201-1?year=2025&amp;lang=en"' in english.text
    assert "2025" in (await read(registry, f"{PAGE}?lang=en&year=2025")).text
    assert (await read(registry, "/i4c/hc-020201-1")).content == khmer.content
    same = await read(registry, **{"If-None-Match": khmer.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    head = await registry.client.http.head(PAGE)
    assert (head.status_code, head.content) == (200, b"")
    packed = await registry.client.http.send(
        registry.client.http.build_request("GET", PAGE, headers={"Accept-Encoding": "gzip"}), stream=True
    )
    raw = b"".join([part async for part in packed.aiter_raw()])
    assert gzip.decompress(raw) == khmer.content


async def test_what_people_wrote_is_shown_as_text(registry: Registry) -> None:
    await registry.unit()
    hostile = '<script>alert(1)</script>"><b>\u202e{{ 7*7 }}'
    example = content_of()
    standard = example.standards[0].model_copy(update={"name_km": hostile, "right_km": hostile})
    unit = example.unit.model_copy(update={"name_km": hostile})
    content = example.model_copy(update={"unit": unit, "standards": (standard,)}).model_dump_json()
    await publish(registry)
    await registry.execute("UPDATE pack SET content = CAST(:content AS jsonb)", content=content)
    page = (await read(registry)).text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&gt;&lt;b&gt;" in page
    assert "{{ 7*7 }}" in page


async def test_what_is_missing_is_said_and_a_text_of_one_language_is_shown_in_both(registry: Registry) -> None:
    await registry.unit()
    await publish(registry, year=2025, facts=1)
    await publish(registry, standards=0, facts=0)
    content = content_of(standards=2, facts=1, year=2025)
    first, second = content.standards
    only = first.model_copy(update={"fee_riel": 0, "time_en": None, "documents_km": None})
    none = second.model_copy(update={"fee_riel": None, "fee_note_km": None, "fee_note_en": None})
    changed = content.model_copy(update={"standards": (only, none)}).model_dump_json()
    await registry.execute("UPDATE pack SET content = CAST(:content AS jsonb) WHERE year = 2025", content=changed)
    english, khmer = [(await read(registry, f"{PAGE}?year=2025{lang}")).text for lang in ("&lang=en", "")]
    assert '<dd lang="km">៣០ នាទី</dd>' in english
    assert '<dd lang="en">ID-Poor card' in khmer
    assert ("ឥតគិតថ្លៃ</p>" in khmer, "មិនបានបញ្ជាក់តម្លៃ</p>" in khmer) == (True, True)
    assert "No figures of performance have been approved yet." in english
    assert "No figures of the budget" not in english
    assert 'There is newer: <a href="/i4c/HC-020201-1?year=2026&amp;lang=en">Year 2026</a>' in english
    newest = (await read(registry, f"{PAGE}?lang=en")).text
    assert ("No services are listed yet." in newest, "There is newer" in newest) == (True, False)


async def test_a_closed_unit_says_so(registry: Registry) -> None:
    unit = await registry.unit()
    await publish(registry)
    assert "has been closed" not in (await read(registry, f"{PAGE}?lang=en")).text
    closing = {"reason": "The roof came down.", "on": "2026-03-05"}
    assert (await registry.post(f"/units/{unit['code']}:close", "operator@", json=closing)).status_code == 200
    assert "This unit has been closed since 5 March 2026" in (await read(registry, f"{PAGE}?lang=en")).text
    assert "៥ ខែមីនា ឆ្នាំ២០២៦" in (await read(registry)).text


def test_phones_that_know_no_variables_of_css_see_the_colours() -> None:
    assert "var(" not in STYLE


async def test_pages_for_where_there_is_nothing(registry: Registry) -> None:
    await registry.unit()
    none = await read(registry)
    assert (none.status_code, "មិនទាន់មានកញ្ចប់ព័ត៌មាន" in none.text, "មណ្ឌលសុខភាព" in none.text) == (404, True, True)
    for path in ("/i4c/HC-020201-9?lang=en", "/i4c/%00?lang=en", "/i4c/HC-%F0%9F%98%80?lang=en"):
        unknown = await read(registry, path)
        assert (unknown.status_code, unknown.headers["content-security-policy"]) == (404, POLICY), path
        assert "No such service unit" in unknown.text
    tricked = await read(registry, "/i4c/a%3Fb%22?lang=en", Host="gateway.test//elsewhere.test")
    assert '<a lang="km" hreflang="km" href="/i4c/a%3Fb%22">' in tricked.text
    assert "elsewhere" not in tricked.text
    await publish(registry, year=2025)
    for year in ("2026", "99999999999", "x"):
        other = await read(registry, f"{PAGE}?lang=en&year={year}")
        assert (other.status_code, "year=2025" in other.text) == (404, True), year
    taken = {"reason": "A fee was <wrong>."}
    answer = await registry.post("/units/HC-020201-1/packs/2025/1:withdraw", "district_officer@0202", json=taken)
    assert answer.status_code == 200
    for path in (f"{PAGE}?lang=en&year=2025", f"{PAGE}?lang=en"):
        gone = await read(registry, path)
        assert (gone.status_code, "A fee was &lt;wrong&gt;." in gone.text) == (410, True)
        assert "Ask at the unit" in gone.text


async def test_units_are_found_by_area_and_by_name(registry: Registry) -> None:
    await registry.unit()
    await registry.unit("primary_school", "020202", name_en="Ta Meun School")
    await publish(registry)
    assert 'href="/i4c?area=02"' in (await read(registry, "/i4c")).text
    assert 'href="/i4c?area=0202&amp;lang=en"' in (await read(registry, "/i4c?area=02&lang=en")).text
    commune = (await read(registry, "/i4c?area=020201&lang=en")).text
    assert ('href="/i4c/HC-020201-1?lang=en"' in commune, "Published 2026" in commune) == (True, True)
    found = (await read(registry, "/i4c?q=meun&lang=en")).text
    assert ("PS-020202-1" in found, "HC-020201-1" in found, 'value="meun"' in found) == (True, False, True)
    of_place = (await read(registry, "/i4c?q=area+0202&lang=en")).text
    assert '<a href="/i4c?area=0202&amp;lang=en">Area 0202</a> <small>Area 02</small>' in of_place
    for path in ("/i4c?q=%00%22%3E", "/i4c?area=zz", "/i4c?area=9999", f"/i4c?q={'x' * 5000}", "/i4c?lang=fr"):
        assert (await read(registry, path)).status_code == 200, path


@pytest.mark.parametrize("error", [OSError("connection refused"), OperationalError("", {}, OSError()), KeyError("x")])
async def test_what_cannot_be_shown_is_told_by_a_page(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(listing, "read_list", fail)
    page = await read(registry, "/i4c")
    assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert (page.headers["retry-after"], page.headers["cache-control"]) == ("60", "no-store")
    assert page.headers["content-security-policy"] == POLICY
    assert "សូមព្យាយាមម្ដងទៀត" in page.text
    assert "Try again" in page.text
    assert len(page.content) < 10_000


async def test_a_page_without_its_database_is_a_page(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.client.runtime, "database", Database("postgresql://x@127.0.0.1:1/x", service="away"))
    for path in ("/i4c", PAGE):
        page = await read(registry, path)
        assert (page.status_code, "text/html" in page.headers["content-type"]) == (503, True)
