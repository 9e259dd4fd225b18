"""Why a change is taken to be what it is, in words."""

from services.registry.gazetteer.items import Item
from services.registry.gazetteer.likeness import Reason
from services.registry.gazetteer.succession import Sign

WORDS: dict[Reason | Sign, tuple[str, str]] = {
    "said_so": ("said by the official", "បញ្ជាក់ដោយមន្ត្រី"),
    "same_code": ("same code", "លេខកូដដូចគ្នា"),
    "same_name": ("same Khmer name", "ឈ្មោះខ្មែរដូចគ្នា"),
    "same_latin_name": ("same Latin name", "ឈ្មោះឡាតាំងដូចគ្នា"),
    "similar_name": ("similar name", "ឈ្មោះស្រដៀងគ្នា"),
    "other_name": ("another name at the same place of the list", "ឈ្មោះផ្សេងនៅកន្លែងដដែលក្នុងបញ្ជី"),
    "same_last_digits": ("same last digits", "លេខចុងក្រោយដូចគ្នា"),
    "same_parent": ("same area above", "តំបន់ថ្នាក់លើដូចគ្នា"),
    "same_district": ("same district", "ក្រុង ស្រុក ខណ្ឌដូចគ្នា"),
    "same_province": ("same province", "រាជធានី ខេត្តដូចគ្នា"),
    "others_went_along": ("others went the same way", "តំបន់ផ្សេងទៀតក៏ផ្លាស់ទៅទីនោះដែរ"),
    "same_areas_below": ("the same areas below", "មានតំបន់ក្រោមដូចគ្នា"),
    "follows_parent": ("follows the area above", "ប្ដូរតាមតំបន់ថ្នាក់លើ"),
    "areas_below_went_there": ("by where the areas below went", "តាមទីតាំងថ្មីនៃតំបន់ក្រោម"),
    "official_note": ("by the list's official note", "តាមកំណត់សម្គាល់ផ្លូវការក្នុងបញ្ជី"),
    "name_continues": ("its name goes on in theirs", "ឈ្មោះរបស់វានៅបន្តក្នុងឈ្មោះតំបន់ថ្មី"),
}


def explain(item: Item) -> tuple[str, str]:
    """The reasons of a change as a sentence in English and in Khmer; empty where there is nothing to add."""
    english = [WORDS[reason][0] for reason in item.reasons]
    khmer = [WORDS[reason][1] for reason in item.reasons]
    if item.into:
        codes = ", ".join(row.code for row in item.into)
        english.insert(0, f"territory went to {codes}")
        khmer.insert(0, f"ទឹកដីត្រូវបានផ្ទេរទៅ {codes}")
    if item.origin:
        english.insert(0, f"split from {item.origin.name_en} ({item.origin.code})")
        khmer.insert(0, f"បំបែកចេញពី{item.origin.name_km} ({item.origin.code})")
    if not english:
        return "", ""
    sentence = "; ".join(english)
    return f"{sentence[0].upper()}{sentence[1:]}.", f"{'; '.join(khmer)}។"
