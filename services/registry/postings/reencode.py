"""`python -m services.registry.postings.reencode`: a photo on standard input, made anew on standard output.

In a process of its own: a picture is a program for its decoder, written by whoever sent it. What comes out is a JPEG of
at most 1600 pixels on its longer side, with nothing of what the camera tells beside the picture. It ends with 0, or
with NO_PICTURE or TOO_LARGE.
"""

import sys
from io import BytesIO

from PIL import Image, ImageOps

from services.registry.processes import allow_seconds, confine

LONGEST_SIDE = 1600
MOST_PIXELS = 60_000_000
MEMORY_BYTES = 384 * 2**20
"""A JPEG of 50 million pixels takes 230 MB; a PNG of 60 million does too, unless parts of it are clear."""
CPU_SECONDS = 20
NO_PICTURE, TOO_LARGE = 3, 4


def main() -> int:
    """Read, shrink, write."""
    confine(memory_bytes=MEMORY_BYTES, nice=10)
    allow_seconds(CPU_SECONDS)
    made = make_anew(sys.stdin.buffer.read())
    if isinstance(made, int):
        return made
    sys.stdout.buffer.write(made)
    return 0


def make_anew(photo: bytes) -> bytes | int:
    """The photo as a JPEG of ours; NO_PICTURE, or TOO_LARGE where it has too many pixels for the memory we give it."""
    Image.MAX_IMAGE_PIXELS = None  # we look ourselves, before anything is unpacked
    try:
        with Image.open(BytesIO(photo), formats=["JPEG", "PNG"]) as given:
            return shrink(given) if given.width * given.height <= MOST_PIXELS else TOO_LARGE
    except MemoryError:
        return TOO_LARGE
    except (OSError, ValueError, SyntaxError):
        return NO_PICTURE


def shrink(given: Image.Image) -> bytes:
    """The picture upright, on white where it is clear, as a JPEG."""
    given.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    given.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(given)
    if upright.mode in ("RGBA", "LA", "PA", "P"):
        clear = upright.convert("RGBA")
        upright = Image.new("RGB", clear.size, "white")
        upright.paste(clear, mask=clear.getchannel("A"))
    out = BytesIO()
    fresh = Image.new("RGB", upright.size)
    fresh.paste(upright.convert("RGB"))
    fresh.save(out, "JPEG", quality=78, optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
