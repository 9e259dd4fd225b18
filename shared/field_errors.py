"""What pydantic finds wrong with a field, in our words: which field, by a JSON pointer, and why, in both languages."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

from shared.digits import khmer_digits
from shared.errors import FieldError

KHMER_BY_TYPE = {
    "missing": "ត្រូវតែបំពេញវាលនេះ",
    "extra_forbidden": "មិនស្គាល់វាលនេះទេ",
    "json_invalid": "មិនមែនជា JSON ត្រឹមត្រូវទេ",
    "string_type": "ត្រូវតែជាអក្សរ",
    "string_too_short": "អក្សរខ្លីពេក",
    "string_too_long": "អក្សរវែងពេក",
    "string_pattern_mismatch": "ទម្រង់មិនត្រឹមត្រូវ",
    "phone_malformed": "លេខទូរសព្ទមិនត្រឹមត្រូវ ឧទាហរណ៍ 012 345 678",
    "int_type": "ត្រូវតែជាចំនួនគត់",
    "int_parsing": "ត្រូវតែជាចំនួនគត់",
    "int_from_float": "ត្រូវតែជាចំនួនគត់",
    "float_type": "ត្រូវតែជាចំនួន",
    "bool_type": "ត្រូវតែជា true ឬ false",
    "list_type": "ត្រូវតែជាបញ្ជី",
    "dict_type": "ត្រូវតែជាវត្ថុ",
    "model_attributes_type": "ត្រូវតែជាវត្ថុ",
    "model_type": "ត្រូវតែជាវត្ថុ",
    "too_short": "បញ្ជីខ្លីពេក",
    "too_long": "បញ្ជីវែងពេក",
    "greater_than": "តម្លៃតូចពេក",
    "greater_than_equal": "តម្លៃតូចពេក",
    "less_than": "តម្លៃធំពេក",
    "less_than_equal": "តម្លៃធំពេក",
    "enum": "តម្លៃមិនស្ថិតក្នុងជម្រើសដែលអនុញ្ញាត",
    "literal_error": "តម្លៃមិនស្ថិតក្នុងជម្រើសដែលអនុញ្ញាត",
    "uuid_type": "ត្រូវតែជា UUID",
    "uuid_parsing": "ត្រូវតែជា UUID",
    "date_from_datetime_parsing": "ត្រូវតែជាកាលបរិច្ឆេទ (ឆ្នាំ-ខែ-ថ្ងៃ)",
    "date_parsing": "ត្រូវតែជាកាលបរិច្ឆេទ (ឆ្នាំ-ខែ-ថ្ងៃ)",
    "datetime_parsing": "ត្រូវតែជាកាលបរិច្ឆេទ និងម៉ោង",
    "datetime_from_date_parsing": "ត្រូវតែជាកាលបរិច្ឆេទ និងម៉ោង",
    "timezone_aware": "ត្រូវបញ្ជាក់ល្វែងម៉ោង",
    "url_parsing": "ត្រូវតែជាអាសយដ្ឋានគេហទំព័រ",
    "https_url": "ត្រូវតែជាអាសយដ្ឋានគេហទំព័រដែលចាប់ផ្ដើមដោយ https://",
    "time_parsing": "ត្រូវតែជាម៉ោងក្នុងតំបន់ ឧទាហរណ៍ 08:30",
    "control_character": "មិនត្រូវមានតួអក្សរបញ្ជាដែលមើលមិនឃើញទេ",
    "text_missing": "ត្រូវបំពេញអត្ថបទជាភាសាខ្មែរ ឬអង់គ្លេស ឬទាំងពីរ",
    "one_of_two": "ត្រូវផ្ដល់តែមួយក្នុងចំណោមវាលទាំងពីរ",
    "location_incomplete": "រយៈទទឹង និងរយៈបណ្តោយត្រូវផ្ដល់ជាមួយគ្នា",
    "yes_or_no": "ត្រូវតែជា បាទ/ចាស ឬ ទេ (yes, no)",
    "nobody_came": "ត្រូវមានសមាជិកយ៉ាងតិចម្នាក់បានចូលរួម",
    "participants_repeated": "ប្រភេទ និងភេទនីមួយៗត្រូវសរសេរតែម្ដង",
    "levels_repeated": "ថ្នាក់នីមួយៗត្រូវសរសេរតែម្ដង",
    "term_ends_before_it_begins": "អាណត្តិមិនអាចបញ្ចប់មុនថ្ងៃចាប់ផ្ដើមទេ",
    "point_incomplete": "រយៈទទឹង និងរយៈបណ្តោយត្រូវផ្ដល់ជាមួយគ្នា",
    "external_ids_malformed": "លេខសម្គាល់ក្នុងប្រព័ន្ធផ្សេងមិនត្រឹមត្រូវ ឧទាហរណ៍ hmis=0202-14; emis=4711",
}
ENGLISH_BY_TYPE = dict.fromkeys(("dict_type", "model_attributes_type", "model_type"), "Input should be an object")
"""Where pydantic's words would tell of Python's types, or of the name of a class."""
LIMITS = {
    "greater_than": ("gt", "ត្រូវលើសពី"),
    "greater_than_equal": ("ge", "យ៉ាងតិច"),
    "less_than": ("lt", "ត្រូវតិចជាង"),
    "less_than_equal": ("le", "យ៉ាងច្រើន"),
    "too_short": ("min_length", "យ៉ាងតិច"),
    "too_long": ("max_length", "យ៉ាងច្រើន"),
    "string_too_long": ("max_length", "យ៉ាងច្រើន"),
}
"""Where pydantic keeps the limit that a value passed, and what we say before it in Khmer."""
CHOICES = ("enum", "literal_error")


def field_error(error: ErrorDetails | Mapping[str, object]) -> FieldError:
    """Turn one finding of pydantic's into ours: a JSON pointer for the body, `query/limit` and so on elsewhere."""
    location = [str(part) for part in error["loc"]]  # type: ignore[attr-defined]
    kind = str(error["type"])
    if location and location[0] == "body":
        escaped = (part.replace("~", "~0").replace("/", "~1") for part in location[1:])
        pointer = "" if kind == "json_invalid" else "".join(f"/{part}" for part in escaped)
    else:
        pointer = "/".join(location)
    message = ENGLISH_BY_TYPE.get(kind) or str(error["msg"]).removeprefix("Value error, ")
    return FieldError(pointer, kind, message, KHMER_BY_TYPE.get(kind, "តម្លៃមិនត្រឹមត្រូវ") + _khmer_bounds(error))


def _khmer_bounds(error: ErrorDetails | Mapping[str, object]) -> str:
    """How small or large a value may be, or which it may be, as the English text says it too; nothing where none is."""
    kind = str(error["type"])
    context: Any = dict(error).get("ctx", {})
    if kind in CHOICES:
        return f" ({context['expected'].replace(' or ', ' ឬ ')})"
    name, words = LIMITS.get(kind, ("", ""))
    limit = context.get(name)
    return "" if limit is None else f" ({words} {khmer_digits(str(limit).removesuffix('.0'))})"
