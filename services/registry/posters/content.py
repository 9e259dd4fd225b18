"""What a poster says: a pack's content as the words that poster.typ sets, in their order."""

import re
from collections.abc import Callable
from typing import Any, Literal

from services.registry.packs.schemas import PackContent, PackFact, PackStandard
from services.registry.packs.words import WORDS, day, fact_value, riel, year
from shared.language import Language

Size = Literal["a3", "a4"]
Text = dict[str, Any]
"""A text with its language and, below it, the same in the other language: what the template calls a pair."""
UNSEEN = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Signs that turn the direction of what follows, and halves of signs."""
RUN = re.compile("[^\\s\u1780-\u17ff\u200b-]{25,}")
"""So many letters without a place to break a line; Khmer, which has no blanks, is broken by its words."""
PIECE = re.compile(".{6}")
OWN: dict[str, tuple[str, str]] = {
    "service": ("សេវា", "Service"),
    "fee": ("តម្លៃ", "Fee"),
    "time": ("រយៈពេល", "Time it takes"),
    "documents": ("ឯកសារត្រូវមាន", "Documents needed"),
    "right": ("សិទ្ធិរបស់អ្នក", "Your right"),
    "no_services": ("មិនទាន់មានបញ្ជីសេវាទេ។", "No services are listed yet."),
    "no_figures": ("មិនទាន់មានទិន្នន័យដែលបានអនុម័តទេ។", "No figures have been approved yet."),
    "scan": (
        "ស្កេនកូដនេះដោយទូរសព្ទ ដើម្បីអានព័ត៌មានថ្មីៗរបស់អង្គភាពនេះ",
        "Scan this code with a phone to read this unit's information of today",
    ),
    "qr": ("កូដ QR នាំទៅកាន់ទំព័ររបស់អង្គភាព", "QR code that leads to the unit's page"),
    "page": ("ទំព័រ", "page"),
    "not_stated": ("មិនបានបញ្ជាក់", "Not stated"),
    "author": ("គណនេយ្យភាពសង្គម", "Social accountability (ISAF)"),
}
WIDTHS = {"service": 2.0, "fee": 1.7, "time": 1.5, "documents": 1.6, "right": 1.9}
MOST_PAGES = 200
SHEET_LINES, LETTERS = 27.0, 14.0
"""Lines of a sheet, and letters of a line of a column of width 1, at a scale of 1; found by trying."""


def poster_content(content: PackContent, size: Size, language: Language, address: str) -> dict[str, Any]:
    """All that the template needs; `address` is the unit's page, which the QR code leads to."""
    unit, two, word = content.unit, _Two(language), _words(language)
    name = two.both(unit.name_km, unit.name_en)
    shown_year = year(content.year, language)
    said = _said(content, two)
    return said | {
        "size": size,
        "lang": language,
        "likely_scale": likely_scale(said),
        "title": f"{name['text']} · {shown_year}",
        "author": word("author"),
        "description": word("title"),
        "heading": two.word("title"),
        "name": name,
        "short_name": name["text"][:80],
        "place": two.both(_place(content, "km"), _place(content, "en")),
        "year_word": two.one(word("year")),
        "year": shown_year,
        "address": breakable(address.partition("://")[2]),
        "link": address,
        "qr_alt": word("qr"),
        "scan": two.word("scan"),
        "edition": two.one(
            f"{unit.code} · {word('year')} {shown_year} · {word('version')} {year(content.version, language)} · "
            f"{word('published_on')} {day(content.published_on, language)}"
        ),
        "page_word": word("page"),
        "numerals": [year(number, language) for number in range(MOST_PAGES)],
        "note": two.one(word("example")) if content.example else None,
    }


def likely_scale(said: dict[str, Any]) -> float:
    """The scale at which all probably fills a sheet, by the longest text of each row; the template measures then."""
    services, rights = said["services"], said["rights"]["rows"]
    lines = sum(
        max(_lines(cell, width) for cell, width in zip(row, services["widths"], strict=True))
        for row in services["rows"]
    )
    figures = max(len(said[group]["rows"]) for group in ("performance", "budget"))
    return float((SHEET_LINES / (lines + 1.2 * figures + 0.6 * len(rights) + 6)) ** 0.5)


def _lines(cell: Text | None, width: float) -> float:
    if cell is None:
        return 1.6
    under = 0.76 * len(cell["under"]["text"]) / width / LETTERS + 0.8 if cell["under"] else 0
    return float(len(cell["text"]) / width / LETTERS + 1 + under)


def breakable(text: str) -> str:
    """The text with places where a very long word may be broken, and without signs that turn its direction."""
    return RUN.sub(lambda run: PIECE.sub("\\g<0>\u200b", run[0]), UNSEEN.sub("", text))


class _Two:
    """Texts of which one language goes first."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def one(self, text: str, language: Language | None = None) -> Text:
        """A text alone."""
        return {"text": breakable(text), "lang": language or self.language, "under": None}

    def only(self, km: str | None, en: str | None) -> Text | None:
        """The text in the poster's language, in the other one where it is missing."""
        texts: list[tuple[str | None, Language]] = [(km, "km"), (en, "en")]
        if self.language == "en":
            texts.reverse()
        return next((self.one(text, language) for text, language in texts if text), None)

    def both(self, km: str, en: str) -> Text:
        """The text in the poster's language above the other one."""
        first, second = self.one(km, "km"), self.one(en, "en")
        if self.language == "en":
            first, second = second, first
        return first | {"under": second if second["text"] != first["text"] else None}

    def word(self, name: str) -> Text:
        """One of our own words in both languages."""
        return self.both(*(OWN.get(name) or WORDS[name]))


def _words(language: Language) -> Callable[[str], str]:
    return lambda name: (OWN.get(name) or WORDS[name])[0 if language == "km" else 1]


def _said(content: PackContent, two: "_Two") -> dict[str, Any]:
    """The parts whose length differs from unit to unit."""
    return {
        "services": _services(content.standards, two),
        "performance": _figures(content, "performance", two),
        "budget": _figures(content, "budget", two),
        "rights": {"title": two.word("rights"), "rows": [two.only(right.km, right.en) for right in content.rights]},
    }


def _place(content: PackContent, language: Language) -> str:
    """The unit's kind, then its areas from the smallest to the largest."""
    unit = content.unit
    if language == "km":
        return " · ".join([unit.kind_name_km, *(area.name_km for area in reversed(unit.areas))])
    return " · ".join([unit.kind_name_en, *(area.name_en for area in reversed(unit.areas))])


def _services(standards: tuple[PackStandard, ...], two: _Two) -> dict[str, Any]:
    """The table of services; a column that none of them fills is left out."""
    rows = [
        {
            "service": two.only(one.name_km, one.name_en),
            "fee": _fee(one, two),
            "time": two.only(one.time_km, one.time_en),
            "documents": two.only(one.documents_km, one.documents_en),
            "right": two.only(one.right_km, one.right_en),
        }
        for one in standards
    ]
    columns = [name for name in WIDTHS if name in ("service", "fee") or any(row[name] for row in rows)]
    return {
        "title": two.word("services"),
        "columns": [two.word(name) for name in columns],
        "widths": [WIDTHS[name] for name in columns],
        "rows": [[row[name] for name in columns] for row in rows],
        "empty": two.word("no_services"),
    }


def _fee(standard: PackStandard, two: _Two) -> Text:
    """The fee with its note; where none is stated the note alone."""
    word = _words(two.language)
    note = two.only(standard.fee_note_km, standard.fee_note_en)
    if standard.fee_riel is None:
        return note or two.one(word("not_stated"))
    fee = two.one(riel(standard.fee_riel, two.language) if standard.fee_riel else word("free"))
    return fee | {"under": note}


def _figures(content: PackContent, group: str, two: _Two) -> dict[str, Any]:
    """The facts of a group; one of another year than the pack's says which."""
    facts = [fact for fact in content.facts if fact.group == group]
    return {
        "title": two.word(group),
        "rows": [_figure(fact, content.year, two) for fact in facts],
        "empty": two.word("no_figures"),
    }


def _figure(fact: PackFact, pack_year: int, two: _Two) -> dict[str, Any]:
    unit = fact.unit_km if two.language == "km" else fact.unit_en
    label = two.only(fact.name_km, fact.name_en) or two.one("")
    if fact.year != pack_year:
        word = _words(two.language)
        label |= {"under": two.one(f"{word('year')} {year(fact.year, two.language)}")}
    value = fact_value(fact.value, fact.value_type, unit, two.language)
    return {"label": label, "value": breakable(value)}
