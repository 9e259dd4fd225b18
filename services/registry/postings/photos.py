"""Having a photo made anew by a process of its own (reencode.py)."""

import asyncio
import os
import sys
from pathlib import Path

from fastapi import Request

from shared.errors import Invalid, ServiceUnavailable, TooLarge

ROOT = Path(__file__).resolve().parents[3]
REENCODE = "services.registry.postings.reencode"
ENVIRONMENT = {"PATH": os.defpath, "PYTHONPATH": str(ROOT)}
LARGEST = 5 * 2**20
PATIENCE_SECONDS = 30.0
MOST_AT_ONCE = 4
TOO_LARGE = 4
"""How reencode.py ends then; the service itself does not load what it loads."""
_at_once = 0


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


async def reencode(given: bytes) -> bytes:
    """The photo as a JPEG of ours. Raises Invalid for what is no JPEG or PNG or too large, ServiceUnavailable."""
    global _at_once  # noqa: PLW0603 - the processes that run beside this one
    if _at_once >= MOST_AT_ONCE:
        raise ServiceUnavailable(
            "photos_busy",
            en="Many photos are coming in at this moment. Send it again in 3 seconds.",
            km="មានរូបថតជាច្រើនកំពុងផ្ញើចូលនៅពេលនេះ។ សូមផ្ញើម្ដងទៀតក្នុងរយៈពេល ៣ វិនាទី។",
            retry_after=3,
        )
    _at_once += 1
    try:
        return await _reencode(given)
    finally:
        _at_once -= 1


async def _reencode(given: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", REENCODE, cwd=ROOT, env=ENVIRONMENT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            made, _ = await process.communicate(given)
    except TimeoutError:
        raise _no_picture() from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == TOO_LARGE:
        raise Invalid(
            "photo_too_many_pixels",
            en="The photo has more than 60 million pixels. Take it with a smaller resolution.",
            km="រូបថតមានលើសពី ៦០ លានភីកសែល។ សូមថតដោយកម្រិតច្បាស់ទាបជាងនេះ។",
        )
    if process.returncode != 0:
        raise _no_picture()
    return made


def _no_picture() -> Invalid:
    return Invalid(
        "photo_unreadable",
        en="This is neither a JPEG nor a PNG, or the file is damaged. Take the photo again.",
        km="ឯកសារនេះមិនមែនជា JPEG ឬ PNG ទេ ឬត្រូវបានខូច។ សូមថតម្ដងទៀត។",
    )
