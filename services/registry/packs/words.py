"""The page's words, numbers and days, in Khmer and English."""

from datetime import date

from services.registry.data_elements.models import FactValue, ValueType
from shared.digits import khmer_digits
from shared.language import Language

MONTHS_KM = (
    *("មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា"),
    *("កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ"),
)
WORDS: dict[str, tuple[str, str]] = {
    "title": ("កញ្ចប់ព័ត៌មានសម្រាប់ប្រជាពលរដ្ឋ", "Information for citizens"),
    "year": ("ឆ្នាំ", "Year"),
    "services": ("សេវា និងតម្លៃ", "Services and fees"),
    "rights": ("សិទ្ធិរបស់ប្រជាពលរដ្ឋ", "Your rights"),
    "performance": ("លទ្ធផលការងារ", "Performance"),
    "budget": ("ថវិកា", "Budget"),
    "free": ("ឥតគិតថ្លៃ", "Free"),
    "fee_not_stated": ("មិនបានបញ្ជាក់តម្លៃ", "No fee stated"),
    "time": ("រយៈពេល", "Time"),
    "documents": ("ឯកសារ", "Documents"),
    "right": ("សិទ្ធិ", "Right"),
    "fee_note": ("តម្លៃ", "Fee"),
    "target": ("គោលដៅ", "Target"),
    "previous": ("ឆ្នាំមុន", "Year before"),
    "no_services": ("មិនទាន់មានបញ្ជីសេវាទេ។ សូមសាកសួរនៅអង្គភាព។", "No services are listed yet. Ask at the unit."),
    "no_performance": (
        "មិនទាន់មានទិន្នន័យលទ្ធផលការងារដែលបានអនុម័តទេ។",
        "No figures of performance have been approved yet.",
    ),
    "no_budget": ("មិនទាន់មានទិន្នន័យថវិកាដែលបានអនុម័តទេ។", "No figures of the budget have been approved yet."),
    "closed": ("អង្គភាពនេះបានបិទដំណើរការហើយ ចាប់ពីថ្ងៃទី", "This unit has been closed since"),
    "older": ("នេះជាព័ត៌មានឆ្នាំចាស់។ ព័ត៌មានថ្មីជាងនេះ៖", "This is information of an earlier year. There is newer:"),
    "example": (
        "អត្ថបទខ្លះនៅទីនេះជាគំរូ មិនទាន់ត្រូវបានបញ្ជាក់ដោយលេខាធិការដ្ឋាន គ.ជ.អ.ប. ទេ។",
        "Some of these texts are an example, which the NCDD secretariat has not confirmed yet.",
    ),
    "published_on": ("ផ្សព្វផ្សាយនៅថ្ងៃទី", "Published on"),
    "version": ("កំណែ", "Version"),
    "other_years": ("ឆ្នាំផ្សេង", "Other years"),
    "poster": ("ផ្ទាំងព័ត៌មានសម្រាប់បោះពុម្ព (PDF)", "Poster to print (PDF)"),
    "data": ("ទិន្នន័យ (JSON)", "Data (JSON)"),
    "all_units": ("អង្គភាពផ្តល់សេវាទាំងអស់", "All service units"),
    "nothing": ("មិនទាន់មានកញ្ចប់ព័ត៌មាន", "No information published yet"),
    "nothing_more": (
        "អង្គភាពនេះមិនទាន់ផ្សព្វផ្សាយកញ្ចប់ព័ត៌មានសម្រាប់ប្រជាពលរដ្ឋទេ។ សូមសួរនៅអង្គភាព ឬត្រឡប់មកម្ដងទៀតពេលក្រោយ។",
        "This unit has not published its information for citizens yet. Ask at the unit, or come back later.",
    ),
    "ask": ("សូមសួរនៅអង្គភាព ឬត្រឡប់មកម្ដងទៀតពេលក្រោយ។", "Ask at the unit, or come back later."),
    "nothing_of_year": (
        "មិនមានកញ្ចប់ព័ត៌មានសម្រាប់ឆ្នាំនេះទេ។ សូមជ្រើសរើសឆ្នាំផ្សេង។",
        "There is no information of this year. Choose another one.",
    ),
    "withdrawn": ("កញ្ចប់ព័ត៌មានត្រូវបានដកវិញ", "This information was withdrawn"),
    "reason": ("មូលហេតុ", "Reason"),
    "unknown": ("រកមិនឃើញអង្គភាព", "No such service unit"),
    "unknown_more": (
        "គ្មានអង្គភាពផ្តល់សេវាដែលមានលេខកូដនេះទេ។ សូមពិនិត្យអាសយដ្ឋាន ឬស្កេនកូដ QR ម្ដងទៀត។",
        "There is no service unit with this code. Check the address, or scan the QR code again.",
    ),
    "find": ("ស្វែងរកអង្គភាព", "Find a service unit"),
    "find_label": ("ឈ្មោះ ឬលេខកូដអង្គភាព ឬឃុំ សង្កាត់", "Name or code of a unit, or a commune"),
    "search": ("ស្វែងរក", "Search"),
    "found_nothing": ("រកមិនឃើញអ្វីទេ។", "Nothing was found."),
    "more": ("មានច្រើនជាងនេះ៖ សូមសរសេរឱ្យច្បាស់ជាងនេះ។", "There are more: be more precise."),
    "whole_country": ("ទូទាំងប្រទេស", "The whole country"),
    "no_units": ("គ្មានអង្គភាពផ្តល់សេវានៅទីនេះទេ។", "There are no service units here."),
    "has_pack": ("មានព័ត៌មាន", "Published"),
}
"""By name: in Khmer, in English."""


def words(language: Language) -> dict[str, str]:
    """All words in a language."""
    return {name: both[0 if language == "km" else 1] for name, both in WORDS.items()}


def number(value: int | float, language: Language) -> str:
    """1250000 as `1,250,000` or `១.២៥០.០០០`; 87.5 as `87.5` or `៨៧,៥`."""
    english = f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"
    return english if language == "en" else khmer_digits(english.translate(str.maketrans(",.", ".,")))


def year(value: int, language: Language) -> str:
    """A year, in Khmer with Khmer digits."""
    return khmer_digits(str(value)) if language == "km" else str(value)


def day(value: date, language: Language) -> str:
    """`15 January 2026` or `១៥ ខែមករា ឆ្នាំ២០២៦`."""
    if language == "km":
        return khmer_digits(f"{value.day} ខែ{MONTHS_KM[value.month - 1]} ឆ្នាំ{value.year}")
    return f"{value.day} {value:%B} {value.year}"


def riel(value: int, language: Language) -> str:
    """An amount of money."""
    return f"{number(value, language)} {'រៀល' if language == 'km' else 'riel'}"


def fact_value(value: FactValue, value_type: ValueType, unit: str | None, language: Language) -> str:
    """A fact's value as people read it."""
    if isinstance(value, str):
        return value
    if value_type == "riel":
        return riel(int(value), language)
    if value_type == "percent":
        return f"{number(value, language)}%"
    return f"{number(value, language)} {unit}" if unit else number(value, language)
