"""`python -m services.registry.posters.compile`: turn contents into PDFs, one after the other, in a process of its own.

The compiler's library takes 84 MB that the service does not have, and what people wrote is set with nothing of the
service's own at hand. On standard input come frames: four bytes with the length, then JSON (content.poster_content).
Each is answered by a frame: `+` and the PDF, or `-` and why there is none. It ends with its input.
"""

import json
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import fontpkg_noto_sans_khmer
import segno
import typst

from services.registry.processes import allow_seconds, confine

MEMORY_BYTES = 448 * 2**20
"""Two hundred ordinary posters take 150 MB, one of a hundred long services and two hundred facts 320 MB."""
CPU_SECONDS = 20
QUIET_MODULES = 4
FONTS = Path(fontpkg_noto_sans_khmer.__file__).parent / "files"
TEMPLATE = (Path(__file__).parent / "poster.typ").read_bytes()


def main() -> None:
    """Serve until the input ends."""
    confine(memory_bytes=MEMORY_BYTES, nice=10 if "--background" in sys.argv else 5)  # single posters go first
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    given, answers = sys.stdin.buffer, sys.stdout.buffer
    while head := given.read(4):
        allow_seconds(CPU_SECONDS)
        content: dict[str, Any] = json.loads(given.read(int.from_bytes(head)))
        try:
            answer = b"+" + compile_poster(content, fonts)
        except typst.TypstError as error:
            answer = b"-" + str(error.message)[:300].encode()
        answers.write(len(answer).to_bytes(4) + answer)
        answers.flush()


def compile_poster(content: dict[str, Any], fonts: typst.Fonts) -> bytes:
    """The poster of a content: the same bytes for the same content."""
    code, modules = qr_code(content["link"])
    with_code = content | {"qr": code, "qr_modules": modules}
    made: bytes = typst.compile(
        TEMPLATE,
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(with_code)},
        timestamp=0,
    )
    return made


def qr_code(link: str) -> tuple[str, int]:
    """A link as an SVG on white, which is still read when a sixth of it is dirty, and how many modules it is wide.

    Four of them on each side are the quiet zone that ISO/IEC 18004 asks for.
    """
    code, out = segno.make(link, error="m", boost_error=True, micro=False), BytesIO()
    code.save(out, kind="svg", border=QUIET_MODULES, light="white", xmldecl=False)
    return out.getvalue().decode(), int(code.symbol_size(border=QUIET_MODULES)[0])


if __name__ == "__main__":
    main()
