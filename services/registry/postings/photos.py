"""Having a photo made anew by a process of its own (reencode.py)."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from tempfile import TemporaryFile

from fastapi import Request

from shared.errors import Invalid, ServiceUnavailable, TooLarge

ROOT = Path(__file__).resolve().parents[3]
REENCODE = "services.registry.postings.reencode"
ENVIRONMENT = {"PATH": os.defpath, "PYTHONPATH": str(ROOT)}
LARGEST = 5 * 2**20
PATIENCE_SECONDS = 30.0
MOST_WAITING = 8
"""Photos at the same time, one of them being made anew; a small server has room for one."""
TOO_LARGE = 4
"""How reencode.py ends then; the service itself does not load what it loads."""


async def receive_photo(request: Request) -> bytes:
    """The body. Raises TooLarge above 5 MiB, without holding more."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise TooLarge(
                "photo_too_large",
                en="A photo has at most 5 MiB. Take it with a smaller resolution.",
                km="រូបថតមានទំហំច្រើនបំផុត ៥ MiB។ សូមថតដោយកម្រិតច្បាស់ទាបជាងនេះ។",
            )
    return bytes(body)


class Studio:
    """Where photos are made anew, one at a time."""

    def __init__(self) -> None:
        self._waiting = 0
        self._turn = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def reencode(self, given: bytes) -> bytes:
        """The photo as a JPEG of ours. Raises Invalid for no JPEG or PNG and for too large ones, ServiceUnavailable."""
        if self._waiting >= MOST_WAITING:
            raise _busy()
        self._waiting += 1
        try:
            async with self._here():
                return await _reencode(given)
        finally:
            self._waiting -= 1

    def _here(self) -> asyncio.Lock:
        """The lock of the loop that runs now."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._turn, self._loop = asyncio.Lock(), loop
        return self._turn


studio = Studio()


async def _reencode(given: bytes) -> bytes:
    with TemporaryFile() as photo:  # no pipe: writing to one whose reader has ended raises, in uvloop, a RuntimeError
        photo.write(given)
        photo.seek(0)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", REENCODE, cwd=ROOT, env=ENVIRONMENT,
            stdin=photo, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            made, _ = await process.communicate()
    except TimeoutError:
        raise _no_picture() from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == -signal.SIGKILL:
        raise _busy()  # the kernel ends these first where memory is short, and says nothing of the photo
    if process.returncode == TOO_LARGE:
        raise Invalid(
            "photo_too_many_pixels",
            en="The photo has too many pixels: at most 60 million, fewer in a PNG. Take it with a lower resolution.",
            km="រូបថតមានភីកសែលច្រើនពេក។ សូមថតដោយកម្រិតច្បាស់ទាបជាងនេះ។",
        )
    if process.returncode != 0:
        raise _no_picture()
    return made


def _busy() -> ServiceUnavailable:
    return ServiceUnavailable(
        "photos_busy",
        en="Many photos are coming in at this moment. Send it again in 3 seconds.",
        km="មានរូបថតជាច្រើនកំពុងផ្ញើចូលនៅពេលនេះ។ សូមផ្ញើម្ដងទៀតក្នុងរយៈពេល ៣ វិនាទី។",
        retry_after=3,
    )


def _no_picture() -> Invalid:
    return Invalid(
        "photo_unreadable",
        en="This is neither a JPEG nor a PNG, or the file is damaged. Take the photo again.",
        km="ឯកសារនេះមិនមែនជា JPEG ឬ PNG ទេ ឬត្រូវបានខូច។ សូមថតម្ដងទៀត។",
    )
