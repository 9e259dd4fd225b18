"""`python -m services.registry.postings.reencode`: a photo on standard input, made anew on standard output.

In a process of its own: a picture is a program for its decoder, written by whoever sent it. What comes out is a JPEG of
at most 1600 pixels on its longer side, with nothing of what the camera tells beside the picture. It ends with 0, or
with NO_PICTURE or TOO_LARGE.
"""

import resource
import sys
from io import BytesIO

from PIL import Image, ImageOps

LONGEST_SIDE = 1600
MOST_PIXELS = 60_000_000
MEMORY_BYTES = 700 * 2**20
CPU_SECONDS = 20
NO_PICTURE, TOO_LARGE = 3, 4


def main() -> int:
    """Read, shrink, write."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = None  # we look ourselves, before anything is unpacked
    try:
        with Image.open(BytesIO(sys.stdin.buffer.read()), formats=["JPEG", "PNG"]) as given:
            if given.width * given.height > MOST_PIXELS:
                return TOO_LARGE
            made = shrink(given)
    except (OSError, ValueError, SyntaxError, MemoryError):
        return NO_PICTURE
    sys.stdout.buffer.write(made)
    return 0


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
