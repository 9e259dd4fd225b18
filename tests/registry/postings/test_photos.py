"""Photos of posters: made anew, kept from the public."""

import asyncio
import sys
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx import Response
from PIL import Image

from services.registry.postings import photos, reencode
from services.registry.postings.reencode import shrink
from shared.errors import ServiceUnavailable
from tests.registry.conftest import API, Registry
from tests.registry.postings.test_postings import CAF, sent, unit

PATH = f"{API}/postings/{UUID(int=1)}/photo"
__all__ = ["unit"]


def picture(size: tuple[int, int] = (640, 480), kind: str = "JPEG", **options: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 30,000 pixels wide and high."""
    png = bytearray(picture((1, 1), "PNG"))
    png[16:24] = (30_000).to_bytes(4) * 2
    png[29:33] = zlib.crc32(bytes(png[12:29])).to_bytes(4)
    return bytes(png)


async def test_a_photo_is_made_anew_and_not_public(registry: Registry, unit: dict[str, Any]) -> None:
    await sent(registry, CAF)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SECRETCAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    given = picture((4000, 2000), exif=exif)
    assert b"SECRETCAMERA" in given

    async def put(content: bytes, *grants: str) -> Response:
        headers = registry.world.as_(*grants) if grants else {}
        return await registry.client.http.put(PATH, content=content, headers=headers)

    assert (await put(given)).status_code == 401
    assert (await put(given, "caf@020202")).status_code == 403
    answer = await put(given, CAF)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["has_photo"], answer.headers["etag"]) == (True, '"2"')
    path = PATH.removeprefix(API)
    assert (await registry.get(path)).status_code == 401
    assert (await registry.get(path, "caf@020202")).status_code == 403
    shown = await registry.get(path, CAF)
    assert (shown.headers["content-type"], shown.headers["cache-control"]) == ("image/jpeg", "no-store")
    assert b"SECRETCAMERA" not in shown.content
    made = Image.open(BytesIO(shown.content))
    assert (made.size, dict(made.getexif())) == ((800, 1600), {})
    assert (await registry.delete(path, "caf@020202")).status_code == 403
    assert (await registry.delete(path, CAF)).status_code == 204
    assert (await registry.get(path, CAF)).json()["code"] == "photo_not_found"
    assert await registry.rows("SELECT 1 FROM posting_photo") == []

    for content, status, code in (
        (b"GIF89a", 422, "photo_unreadable"),
        (b"", 422, "photo_unreadable"),
        (given[:2000], 422, "photo_unreadable"),
        (bomb(), 422, "photo_too_many_pixels"),
        (b"x" * (photos.LARGEST + 1), 413, "photo_too_large"),
    ):
        refused = await put(content, CAF)
        assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_photos_are_made_one_at_a_time_and_few_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most = 0, 0

    async def make(given: bytes) -> bytes:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        return given

    monkeypatch.setattr(photos, "_reencode", make)
    monkeypatch.setattr(photos, "MOST_WAITING", 3)
    came = await asyncio.gather(*(photos.studio.reencode(b"x") for _ in range(4)), return_exceptions=True)
    assert (came[:3], most) == ([b"x"] * 3, 1)
    assert isinstance(came[3], ServiceUnavailable)


def test_a_picture_that_takes_too_much_memory_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    def shrink(_: Image.Image) -> bytes:
        raise MemoryError

    monkeypatch.setattr(reencode, "shrink", shrink)
    assert reencode.make_anew(picture()) == photos.TOO_LARGE


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "LA", "1", "CMYK"])
def test_every_kind_of_picture_becomes_a_plain_one(mode: str) -> None:
    out = BytesIO()
    Image.new(mode, (20, 10)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    with Image.open(out) as given:
        made = Image.open(BytesIO(shrink(given)))
    assert (made.format, made.mode, made.size) == ("JPEG", "RGB", (20, 10))


async def test_a_photo_whose_process_the_kernel_ended_is_sent_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dies = tmp_path / "dies"
    dies.write_text("#!/bin/sh\nkill -9 $$\n")
    dies.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(dies))
    with pytest.raises(ServiceUnavailable, match="photos_busy"):
        await photos.studio.reencode(picture())
