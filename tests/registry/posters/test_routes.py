"""A unit's poster over HTTP."""

import asyncio
import subprocess

import pypdfium2
import pytest

from services.registry.posters import compiling, keeping
from services.registry.posters import routes as posters
from tests.registry.conftest import API, Registry
from tests.registry.packs.examples import publish

PATH = "/units/HC-020201-1/poster.pdf"


async def test_anybody_gets_a_poster_which_is_made_once(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    await registry.unit()
    assert (await registry.get(PATH)).json()["code"] == "pack_not_found"
    await publish(registry)
    first = await registry.get(PATH, params={"size": "a4", "lang": "en"})
    assert first.status_code == 200, first.text
    assert first.headers["content-type"] == "application/pdf"
    assert first.headers["content-disposition"] == 'inline; filename="HC-020201-1-2026-v1-a4-en.pdf"'
    assert "max-age" in first.headers["cache-control"]
    said = pypdfium2.PdfDocument(first.content)[0].get_textpage().get_text_bounded()
    assert "gateway.test/i4c/HC-020201-1" in said

    async def never(*_: object) -> bytes:
        raise AssertionError("it was made before")

    monkeypatch.setattr(posters, "make_poster", never)
    again = await registry.get(PATH, params={"size": "a4", "lang": "en", "year": 2026, "version": 1})
    assert again.content == first.content
    etag = {"If-None-Match": first.headers["etag"]}
    known = await registry.client.http.get(f"{API}{PATH}", params={"size": "a4", "lang": "en"}, headers=etag)
    assert (known.status_code, known.content) == (304, b"")


async def test_a_withdrawn_pack_has_no_poster_though_one_was_made(registry: Registry) -> None:
    await registry.unit()
    await publish(registry)
    assert (await registry.get(PATH)).status_code == 200
    reason = {"reason": "The fee was wrong."}
    withdrawn = await registry.post("/units/HC-020201-1/packs/2026/1:withdraw", "district_officer@0202", json=reason)
    assert withdrawn.status_code == 200, withdrawn.text
    assert (await registry.get(PATH, params={"year": 2026})).status_code == 410


@pytest.mark.parametrize(
    ("params", "name"),
    [({"size": "a2"}, "size"), ({"lang": "fr"}, "lang"), ({"year": 26}, "year"), ({"version": 0}, "version")],
)
async def test_bad_parameters_are_named(registry: Registry, params: dict[str, str | int], name: str) -> None:
    answer = await registry.get(PATH, params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"query/{name}"


async def test_too_many_at_once_are_told_to_come_again(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    await registry.unit()
    await publish(registry)
    monkeypatch.setattr(compiling, "MOST_WAITING", 2)
    asked = [{"size": size, "lang": lang} for size in ("a3", "a4") for lang in ("km", "en")]
    answers = await asyncio.gather(*(registry.get(PATH, params=params) for params in asked))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503]
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert refused.headers["retry-after"] == "3"
    assert refused.json()["code"] == "posters_busy"


async def test_a_compiler_that_dies_is_no_end(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = compiling.Compiler()
    monkeypatch.setattr(compiling, "COMPILE", "no.such.module")
    with pytest.raises(compiling.NotMade):
        await compiler.make({})
    assert compiler._process is None, "the next goes to a process that lives"
    monkeypatch.undo()
    with pytest.raises(compiling.NotMade, match="dictionary does not contain key"):
        await compiler.make({"link": "x"})
    monkeypatch.setattr(compiling, "PATIENCE_SECONDS", 0.0)
    with pytest.raises(compiling.NotMade, match="too long"):
        await compiler.make({"link": "x"})
    compiler.close()


async def test_a_process_that_the_kernel_ends_costs_no_poster(monkeypatch: pytest.MonkeyPatch) -> None:
    start, started = compiling.Compiler._start, []

    def killed_at_first(compiler: compiling.Compiler) -> subprocess.Popen[bytes]:
        started.append(start(compiler))
        if len(started) == 1:
            started[0].kill()
        return started[-1]

    monkeypatch.setattr(compiling.Compiler, "_start", killed_at_first)
    compiler = compiling.Compiler()
    with pytest.raises(compiling.NotMade, match="dictionary does not contain key"):  # the second has read it
        await compiler.make({"link": "x"})
    assert len(started) == 2
    compiler.close()


async def test_half_an_answer_is_no_poster(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies_while_it_answers(_: object) -> subprocess.Popen[bytes]:
        command = ["sh", "-c", "head -c 4 > /dev/null; printf '\\0\\0\\0\\144+%%PDF'"]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    monkeypatch.setattr(compiling.Compiler, "_start", dies_while_it_answers)
    with pytest.raises(compiling.NotMade, match="the process ended"):
        await compiling.Compiler().make({"link": "x"})


async def test_posters_that_nobody_asks_for_are_forgotten(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    await registry.unit()
    for year in (2024, 2025, 2026):
        await publish(registry, year=year)
        assert (await registry.get(PATH, params={"year": year})).status_code == 200
    await registry.execute(
        "UPDATE poster SET used_on = CURRENT_DATE - 40 WHERE pack_id = (SELECT id FROM pack WHERE year = 2024)"
    )
    monkeypatch.setattr(keeping, "MOST_KEPT", 1)
    async with registry.client.runtime.database.transaction() as db:
        await keeping.forget_posters(db)
    assert await registry.rows("SELECT year FROM poster JOIN pack ON id = pack_id") == [(2026,)]
