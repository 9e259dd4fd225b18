"""What stands against applying a plan, or should be looked at before: each with what the official can do about it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from services.registry.gazetteer.checking import LEVELS_KM, Checked
from services.registry.gazetteer.items import Attached, Item, Options
from services.registry.gazetteer.matching import Matching
from services.registry.gazetteer.rows import ListProblem
from services.registry.gazetteer.succession import Succession

FEW_GONE, SHARE_GONE = 20, 0.05
"""Up to so many areas of a level, or this share of them, a list may leave out without being asked."""
NAMED = 10
"""So many codes are named in a sentence."""


def unknown_pairs(
    checked: Checked, matching: Matching, succession: Succession, options: Options
) -> Iterator[ListProblem]:
    """Pairs that the official gave and that say nothing, as one of the codes is not there or is shared."""
    old_codes = {area.code for area in checked.standing}
    new_codes = {row.code for row in checked.rows}
    same = {(match.old.code, match.new.code) for match in matching.matches if match.reasons[:1] == ("said_so",)}
    ended = {
        (area.code, row.code)
        for area in matching.gone
        for sign, rows in [succession.into.get(area.id, (None, ()))]
        for row in rows
        if sign == "said_so"
    }
    told = {
        "same": options.said.same - same,
        "successor": options.successors - ended,
        "keep_apart": {pair for pair in options.said.apart if pair[0] not in old_codes or pair[1] not in new_codes},
    }
    for parameter, pairs in told.items():
        for old, new in sorted(pairs):
            yield ListProblem(
                "pair_unknown",
                f"{parameter}={old}:{new} does not fit: {old} must be one open area"
                f"{' that is gone' if parameter == 'successor' else ''}, and {new} one line of the list, of one level.",
                f"{parameter}={old}:{new} មិនត្រូវគ្នាទេ៖ {old} ត្រូវជាតំបន់តែមួយក្នុងប្រព័ន្ធ ហើយ {new} ត្រូវជាបន្ទាត់តែមួយក្នុងបញ្ជី"
                " ក្នុងថ្នាក់ដូចគ្នា។",
                area_code=old,
                column=parameter,
            )


def ambiguous(matching: Matching, succession: Succession) -> Iterator[ListProblem]:
    """Areas that could be any of several lines; of villages it is taken that they end."""
    for ambiguity in matching.ambiguities:
        old = ambiguity.old
        if succession.into.get(old.id, (None, ()))[0] == "said_so":
            continue
        codes = ", ".join(row.code for row in ambiguity.candidates[:NAMED])
        village = old.level == "village"
        yield ListProblem(
            "ambiguous_move",
            f"{old.name_en} ({old.code}) could have become {codes}, as others could. Say which: same={old.code}:…, or"
            f" keep_apart{'; otherwise it counts as gone' if village else ''}.",
            f"{old.name_km} ({old.code}) អាចក្លាយជា {codes} ប៉ុន្តែមិនប្រាកដ។ សូមបញ្ជាក់ដោយ same={old.code}:… ឬ keep_apart"
            f"{' បើមិនដូច្នេះទេ វារាប់ថាលែងមាន' if village else ''}។",
            area_code=old.code,
            blocks=not village,
        )


def orphans(items: Iterable[Item], attached: Mapping[str, Attached]) -> Iterator[ListProblem]:
    """Areas that end while open units or people's roles hang on them and nothing takes them over.

    Roles may go to several areas, units to one alone.
    """
    for item in items:
        hanging = attached.get(item.code)
        if item.action != "gone" or item.old is None or hanging is None or len(item.into) == 1:
            continue
        if item.into and not hanging.units:
            continue  # people's roles go to all parts
        units = ", ".join(hanging.units[:NAMED])
        more = f" (+{len(hanging.units) - NAMED})" if len(hanging.units) > NAMED else ""
        what = [f"units {units}{more}"] if units else []
        what_km = [f"អង្គភាព {units}{more}"] if units else []
        if hanging.grants:
            what.append(f"roles of {hanging.grants} accounts")
            what_km.append(f"តួនាទីនៃគណនីចំនួន {hanging.grants}")
        yield ListProblem(
            "units_would_vanish" if units else "grants_would_vanish",
            f"{item.old.name_en} ({item.code}) is not in the list, and {' and '.join(what)} belong to it. Say what it"
            f" became (same= or successor={item.code}:…), or close or move them first.",
            f"{item.old.name_km} ({item.code}) មិនមានក្នុងបញ្ជីទេ ប៉ុន្តែមាន{' និង'.join(what_km)}។ សូមបញ្ជាក់ថាវាក្លាយជាអ្វី"
            f" (same= ឬ successor={item.code}:…) ឬបិទ ឬផ្លាស់ប្ដូរជាមុនសិន។",
            area_code=item.code,
        )


def many_gone(checked: Checked, matching: Matching) -> Iterator[ListProblem]:
    """A list that lacks a great part of a level was probably cut short."""
    standing = Counter(area.level for area in checked.standing)
    gone = Counter(area.level for area in matching.gone)
    for level, count in gone.items():
        if count > FEW_GONE and count > SHARE_GONE * standing[level]:
            yield ListProblem(
                "many_gone",
                f"{count} of {standing[level]} areas of the level {level} are gone. Is the list whole? If it is, say"
                " accept_gone=true.",
                f"{LEVELS_KM[level]} ចំនួន {count} ក្នុងចំណោម {standing[level]} លែងមាន។ តើបញ្ជីនេះពេញលេញឬទេ? បើពេញលេញ"
                " សូមបញ្ជាក់ accept_gone=true។",
            )
