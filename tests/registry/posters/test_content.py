"""What a poster says, and that whatever is said fits on its sheets."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pypdfium2
import pytest
import segno
import typst

from services.registry.packs.schemas import PackContent
from services.registry.posters import compile as compiling
from services.registry.posters.content import Size, breakable, poster_content
from shared.language import Language
from tests.registry.packs.examples import content_of

ADDRESS = "https://isaf.example.org/i4c/HC-020201-1"
POINTS = {"a3": (842, 1191), "a4": (595, 842)}
FONTS = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[compiling.FONTS])


def poster(content: PackContent, size: Size = "a3", language: Language = "km") -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(compiling.compile_poster(poster_content(content, size, language, ADDRESS), FONTS))


def texts(document: pypdfium2.PdfDocument) -> str:
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


def boxes_of(page: pypdfium2.PdfPage) -> Iterator[tuple[float, float, float, float]]:
    """Where each letter stands: left, bottom, right, top."""
    text = page.get_textpage()
    yield from (text.get_charbox(at) for at in range(text.count_chars()))


def boxes(document: pypdfium2.PdfDocument) -> Iterator[tuple[float, float, float, float]]:
    for page in document:
        yield from boxes_of(page)


def all_on_paper(document: pypdfium2.PdfDocument, size: Size) -> bool:
    width, height = POINTS[size]
    return all(
        left >= 0 and right <= width and bottom >= 0 and top <= height for left, bottom, right, top in boxes(document)
    )


@pytest.mark.parametrize("size", ["a3", "a4"])
@pytest.mark.parametrize("language", ["km", "en"])
def test_an_ordinary_pack_is_one_sheet_with_its_metadata(size: Size, language: Language) -> None:
    document = poster(content_of(standards=6, facts=8), size, language)
    assert len(document) == 1
    assert tuple(round(length) for length in document[0].get_size()) == POINTS[size]
    name = "មណ្ឌលសុខភាពតាពូង · ២០២៦" if language == "km" else "Ta Pung Health Centre · 2026"
    assert document.get_metadata_value("Title") == name
    assert document.is_tagged()
    assert all_on_paper(document, size)
    said = texts(document)
    assert "isaf.example.org/i4c/HC-020201-1" in said
    for figure in ("២.០០០", "២.៥០០.០០០") if language == "km" else ("2,000 riel", "2,500,000 persons", "Free"):
        assert figure in said


def test_the_same_content_is_the_same_file_with_its_language() -> None:
    made = [compiling.compile_poster(poster_content(content_of(), "a4", "km", ADDRESS), FONTS) for _ in range(2)]
    assert made[0] == made[1]
    assert b"/Lang" in made[0]


def test_nothing_and_very_much_fit() -> None:
    empty = poster(content_of(standards=0, facts=0, rights=()))
    assert len(empty) == 1
    long = content_of(standards=30, facts=40)
    much = long.model_copy(
        update={
            "standards": tuple(one.model_copy(update={"right_km": "ប្រជាពលរដ្ឋមានសិទ្ធិ" * 12}) for one in long.standards)
        }
    )
    sheets = poster(much)
    assert 2 <= len(sheets) <= 4
    assert all_on_paper(sheets, "a3")
    assert texts(sheets).count("isaf.example.org") == len(sheets)


@pytest.mark.parametrize(("standards", "facts"), [(18, 12), (26, 30), (40, 10), (5, 50), (60, 60)])
@pytest.mark.parametrize(("size", "language"), [("a3", "km"), ("a4", "en")])
def test_several_sheets_are_filled_alike(standards: int, facts: int, size: Size, language: Language) -> None:
    document = poster(content_of(standards=standards, facts=facts), size, language)
    foot = 0.12 * POINTS[size][1]
    lowest = [min(box[1] for box in boxes_of(page) if box[1] > foot) for page in document]
    filled = [(POINTS[size][1] - low) / (POINTS[size][1] - foot) for low in lowest]
    assert len(filled) > 1
    assert min(filled) > 0.8
    assert all_on_paper(document, size)


@pytest.mark.parametrize("address", [ADDRESS, "https://information.for.citizens.example.gov.kh/i4c/HC-020201-1"])
@pytest.mark.parametrize("size", ["a3", "a4"])
def test_a_phone_can_read_the_code(size: Size, address: str) -> None:
    """Each module is 0.8 mm or wider and stands where it belongs on the sheet, and four modules around are white."""
    page = pypdfium2.PdfDocument(compiling.compile_poster(poster_content(content_of(), size, "km", address), FONTS))[0]
    picture = page.render(scale=300 / 72).to_pil().convert("L")
    dots = 300 / 25.4
    code = segno.make(address, error="m", micro=False)
    unit = dots * (0.5**0.5 if size == "a4" else 1)
    wide = int(code.symbol_size(border=compiling.QUIET_MODULES)[0])
    side = max(34 * unit, wide * 0.85 * dots)
    module = side / wide
    assert module / dots > 0.8
    left, top = 14 * unit, picture.height - side - 2 * unit
    read = [
        [picture.getpixel((left + (x + 0.5) * module, top + (y + 0.5) * module)) for x in range(wide)]
        for y in range(wide)
    ]
    given = [list(row) for row in code.matrix_iter(border=compiling.QUIET_MODULES)]
    assert [[light < 90 for light in row] for row in read] == [[bool(dark) for dark in row] for row in given]


HOSTILE = [
    "#panic() $x$ *bold* _it_ @ref <label> `code` \\ // [x] #{1+1} \"quote\" ~ -- = heading",
    "#import \"@preview/x:1.0.0\"; #read(\"/etc/passwd\")",
    "A" * 180,
    "ក" * 180,
    "ស្ត្រី" * 30,
    "مرحبا بالعالم \u202eevil\u202c שלום",
    "🙂🇰🇭 \u200b\u200d \ufeff ﷽ " * 8,
    "line\nbreak\ttab\r\n" * 5,
]  # fmt: skip


def test_hostile_texts_are_set_as_texts() -> None:
    content = content_of(standards=len(HOSTILE), facts=0)
    unit = content.unit.model_copy(update={"name_km": HOSTILE[4], "name_en": HOSTILE[2]})
    standards = tuple(
        one.model_copy(update={"name_km": text, "fee_note_km": text, "right_km": text, "time_km": text})
        for one, text in zip(content.standards, HOSTILE, strict=True)
    )
    document = poster(content.model_copy(update={"unit": unit, "standards": standards}), "a4")
    assert all_on_paper(document, "a4")
    assert "#panic()" in texts(document)
    assert "#read" in texts(document)


def test_a_text_that_is_missing_in_a_language_stands_in_the_other() -> None:
    content = content_of(standards=1, facts=0)
    [standard] = content.standards
    changed = content.model_copy(
        update={"standards": (standard.model_copy(update={"time_en": None, "right_en": None}),)}
    )
    [row] = poster_content(changed, "a3", "en", ADDRESS)["services"]["rows"]
    assert [cell["lang"] for cell in row] == ["en", "en", "km", "en", "km"]


def test_a_column_that_nobody_fills_is_left_out() -> None:
    content = content_of(standards=2, facts=0)
    bare = {"time_km": None, "time_en": None, "documents_km": None, "documents_en": None}
    standards = tuple(one.model_copy(update=bare) for one in content.standards)
    services: dict[str, Any] = poster_content(content.model_copy(update={"standards": standards}), "a3", "km", "")[
        "services"
    ]
    assert [column["text"] for column in services["columns"]] == ["សេវា", "តម្លៃ", "សិទ្ធិរបស់អ្នក"]


def test_figures_of_another_year_say_which_and_khmer_days_are_khmer() -> None:
    said = poster_content(content_of(published_on=date(2026, 1, 5)), "a3", "km", ADDRESS)
    assert {row["label"]["under"]["text"] for row in said["budget"]["rows"]} == {"ឆ្នាំ ២០២៥"}
    assert "៥ ខែមករា ឆ្នាំ២០២៦" in said["edition"]["text"]


def test_only_very_long_words_get_places_to_break() -> None:
    assert breakable("an ordinary sentence, and ប្រជាពលរដ្ឋ" * 3) == "an ordinary sentence, and ប្រជាពលរដ្ឋ" * 3
    assert breakable("A" * 26).split("\u200b") == ["A" * 6] * 4 + ["A" * 2]
    assert breakable("A" * 24) == "A" * 24
