"""What each event says to its readers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.notify.inbox.audience import area_codes_of
from services.notify.inbox.wording import Both, number, place, places, plain, riel, score
from shared.events import Event
from shared.events.budget import AllocationMade, AllocationReleased, EnvelopeOpened
from shared.events.jaap import ActionChanged, FundingRequested, PlanOpened
from shared.events.registry import PackPublished, PackWithdrawn
from shared.events.scorecard import ResultPublished, ResultWithdrawn, RoundClosed, RoundOpened


@dataclass(frozen=True, slots=True)
class Names:
    """What the codes and ids in an event are called."""

    areas: Mapping[str, Both]
    actions: Mapping[UUID, Both]

    def place(self, event: Event) -> Both:
        """Where the event happened."""
        codes = area_codes_of(event)
        return place(codes[0], self.areas) if len(codes) == 1 else places(codes, self.areas)

    def action(self, action_id: UUID) -> Both:
        """An action in quotation marks, or without its title where that has not arrived."""
        title = self.actions.get(action_id)
        return Both("សកម្មភាពមួយ", "an action") if title is None else Both(f"«{title.km}»", f"“{title.en}”")


@dataclass(frozen=True, slots=True)
class Text:
    """A message's title and body."""

    title: Both
    body: Both


STATUSES: dict[str, Both] = {
    "proposed": Both("បានស្នើឡើង", "was proposed"),
    "agreed": Both("ត្រូវបានព្រមព្រៀង", "was agreed"),
    "funded": Both("ទទួលបានថវិកាគ្រប់គ្រាន់", "has its money"),
    "in_progress": Both("កំពុងអនុវត្ត", "has begun"),
    "done": Both("បានបញ្ចប់", "is done"),
    "dropped": Both("ត្រូវបានបោះបង់", "was dropped"),
}


def round_opened(event: RoundOpened, names: Names) -> Text:
    """Citizens may score."""
    where, year = names.place(event), plain(event.year)
    return Text(
        Both(f"ការដាក់ពិន្ទុបានបើក៖ {event.title_km}", f"Scoring is open: {event.title_en}"),
        Both(
            f"ប្រជាពលរដ្ឋនៅ {where.km} អាចដាក់ពិន្ទុសេវាសាធារណៈសម្រាប់ឆ្នាំ {year.km} បានចាប់ពីពេលនេះ។",
            f"Citizens in {where.en} can score their public services of {year.en} from now on.",
        ),
    )


def round_closed(event: RoundClosed, names: Names) -> Text:
    """Scoring has ended."""
    where, year = names.place(event), plain(event.year)
    return Text(
        Both(f"ការដាក់ពិន្ទុបានបិទ៖ {event.title_km}", f"Scoring is closed: {event.title_en}"),
        Both(
            f"ការដាក់ពិន្ទុឆ្នាំ {year.km} នៅ {where.km} បានបញ្ចប់។ មិនទទួលពិន្ទុទៀតទេ។",
            f"Scoring for {year.en} in {where.en} has ended. No more scores are taken.",
        ),
    )


def result_published(event: ResultPublished, names: Names) -> Text:
    """A unit's result is public; what came out weakest is named."""
    where, year = names.place(event), plain(event.year)
    title = Both(f"លទ្ធផលឆ្នាំ {year.km}៖ {event.unit_name_km}", f"Result of {year.en}: {event.unit_name_en}")
    if event.suppressed or event.participants is None:
        return Text(
            title,
            Both(
                f"លទ្ធផលរបស់ {event.unit_name_km} ({where.km}) ត្រូវបានផ្សព្វផ្សាយ។"
                " អ្នកចូលរួមមានចំនួនតិចពេក ដូច្នេះពិន្ទុមិនត្រូវបានបង្ហាញទេ។",
                f"The result of {event.unit_name_en} ({where.en}) is public."
                " Too few people took part for scores to be shown.",
            ),
        )
    people, weakest = number(event.participants), weakest_indicators(event)
    return Text(
        title,
        Both(
            f"ប្រជាពលរដ្ឋ {people.km} នាក់បានដាក់ពិន្ទុ {event.unit_name_km} ({where.km})។{weakest.km}",
            f"{people.en} citizens scored {event.unit_name_en} ({where.en}).{weakest.en}",
        ),
    )


def result_withdrawn(event: ResultWithdrawn, names: Names) -> Text:
    """A unit's result is public no longer, and why."""
    where, year = names.place(event), plain(event.year)
    return Text(
        Both(
            f"លទ្ធផលឆ្នាំ {year.km} ត្រូវបានដកវិញ៖ {event.unit_name_km}",
            f"Result of {year.en} taken back: {event.unit_name_en}",
        ),
        Both(
            f"លទ្ធផលរបស់ {event.unit_name_km} ({where.km}) លែងផ្សព្វផ្សាយជាសាធារណៈ។ មូលហេតុ៖ {event.reason}",
            f"The result of {event.unit_name_en} ({where.en}) is public no longer. Reason: {event.reason}",
        ),
    )


def weakest_indicators(event: ResultPublished) -> Both:
    """A sentence of the weakest indicators with their medians, or nothing."""
    by_code = {indicator.code: indicator for indicator in event.indicators}
    named = [by_code[code] for code in event.weakest if code in by_code]
    parts = [
        Both(indicator.label_km, indicator.label_en)
        if indicator.median is None
        else Both(
            f"{indicator.label_km} ({score(indicator.median).km})",
            f"{indicator.label_en} ({score(indicator.median).en})",
        )
        for indicator in named
    ]
    if not parts:
        return Both("", "")
    return Both(
        f" ចំណុចខ្សោយជាងគេ៖ {', '.join(part.km for part in parts)}។",
        f" Weakest: {', '.join(part.en for part in parts)}.",
    )


def plan_opened(event: PlanOpened, names: Names) -> Text:
    """A commune's plan has begun."""
    where, year = names.place(event), plain(event.year)
    return Text(
        Both(f"ផែនការសកម្មភាពរួមឆ្នាំ {year.km} បានចាប់ផ្ដើម", f"The action plan of {year.en} has begun"),
        Both(
            f"ផែនការសកម្មភាពរួមឆ្នាំ {year.km} របស់ {where.km} បានចាប់ផ្ដើម។ របៀបវារៈមានចំណុចខ្សោយពីលទ្ធផលដាក់ពិន្ទុ។",
            f"The joint accountability action plan of {where.en} for {year.en} has begun."
            " Its agenda holds the weakest points of the scores.",
        ),
    )


def action_changed(event: ActionChanged, names: Names) -> Text:
    """An action took a step."""
    where, count, cost = names.place(event), plain(event.number), riel(event.cost)
    status, title = STATUSES[event.status], title_of(event)
    reason = Both("", "")
    if event.drop_reason:
        reason = Both(f" មូលហេតុ៖ {event.drop_reason}", f" Reason: {event.drop_reason}")
    return Text(
        Both(f"{title.km} — {status.km}", f"{title.en}: {status.en}"),
        Both(
            f"សកម្មភាពលេខ {count.km} «{title.km}» នៅ {where.km} {status.km}។ តម្លៃប៉ាន់ស្មាន {cost.km}។{reason.km}",
            f"Action {count.en} “{title.en}” in {where.en} {status.en}. Estimated cost {cost.en}.{reason.en}",
        ),
    )


def funding_requested(event: FundingRequested, names: Names) -> Text:
    """Somebody asks for money."""
    where, year, amount, title = names.place(event), plain(event.year), riel(event.amount), title_of(event)
    return Text(
        Both(f"សំណើសុំថវិកា {amount.km}", f"{amount.en} asked for"),
        Both(
            f"{where.km} ស្នើសុំថវិកា {amount.km} សម្រាប់សកម្មភាព «{title.km}» ក្នុងផែនការឆ្នាំ {year.km}។",
            f"{where.en} asks for {amount.en} for the action “{title.en}” of its plan of {year.en}.",
        ),
    )


def envelope_opened(event: EnvelopeOpened, names: Names) -> Text:
    """A body set money aside."""
    where, year, amount = names.place(event), plain(event.year), riel(event.amount)
    return Text(
        Both(f"ថវិកា {amount.km} សម្រាប់ឆ្នាំ {year.km}", f"{amount.en} set aside for {year.en}"),
        Both(
            f"ស្ថាប័នមួយនៅ {where.km} បានត្រៀមថវិកា {amount.km} សម្រាប់ឆ្នាំ {year.km}។",
            f"A body in {where.en} has set aside {amount.en} for {year.en}.",
        ),
    )


def allocation_made(event: AllocationMade, names: Names) -> Text:
    """An action got money."""
    where, amount, action = names.place(event), riel(event.amount), names.action(event.action_id)
    return Text(
        Both(f"បានវិភាជថវិកា {amount.km}", f"{amount.en} allocated"),
        Both(
            f"ថវិកា {amount.km} ត្រូវបានវិភាជសម្រាប់ {action.km} នៅ {where.km}។",
            f"{amount.en} was allocated to {action.en} in {where.en}.",
        ),
    )


def allocation_released(event: AllocationReleased, names: Names) -> Text:
    """An action's money went back."""
    where, amount, action = names.place(event), riel(event.amount), names.action(event.action_id)
    return Text(
        Both(f"ថវិកា {amount.km} ត្រូវបានប្រគល់ត្រឡប់", f"{amount.en} released"),
        Both(
            f"ថវិកា {amount.km} របស់ {action.km} នៅ {where.km} ត្រូវបានប្រគល់ត្រឡប់ទៅប្រភពដើម។ មូលហេតុ៖ {event.reason}",
            f"{amount.en} of {action.en} in {where.en} went back to its envelope. Reason: {event.reason}",
        ),
    )


def title_of(event: ActionChanged | FundingRequested) -> Both:
    """What the action is called; in Khmer where nobody has translated it."""
    return Both(event.title_km, event.title_en or event.title_km)


def pack_published(event: PackPublished, names: Names) -> Text:
    """A unit's information for citizens is public: its poster can be printed and posted."""
    where, year = names.place(event), plain(event.year)
    return Text(
        Both(
            f"កញ្ចប់ព័ត៌មានឆ្នាំ {year.km}៖ {event.unit_name_km}",
            f"Information for citizens of {year.en}: {event.unit_name_en}",
        ),
        Both(
            f"កញ្ចប់ព័ត៌មានសម្រាប់ប្រជាពលរដ្ឋរបស់ {event.unit_name_km} ({where.km}) ត្រូវបានផ្សព្វផ្សាយ។"
            " សូមបោះពុម្ព និងបិទផ្ទាំងព័ត៌មាននៅទីសាធារណៈ។",
            f"The information for citizens of {event.unit_name_en} ({where.en}) is public."
            " Please print its poster and post it where people meet.",
        ),
    )


def pack_withdrawn(event: PackWithdrawn, names: Names) -> Text:
    """A unit's information for citizens is wrong: its poster comes down."""
    where, year = names.place(event), plain(event.year)
    return Text(
        Both(
            f"កញ្ចប់ព័ត៌មានឆ្នាំ {year.km} ត្រូវបានដកវិញ៖ {event.unit_name_km}",
            f"Information for citizens of {year.en} taken back: {event.unit_name_en}",
        ),
        Both(
            f"កញ្ចប់ព័ត៌មានរបស់ {event.unit_name_km} ({where.km}) ត្រូវបានដកវិញ។ សូមដោះផ្ទាំងព័ត៌មានចេញ។ មូលហេតុ៖ {event.reason}",
            f"The information for citizens of {event.unit_name_en} ({where.en}) was taken back."
            f" Please take its poster down. Reason: {event.reason}",
        ),
    )


TEXTS: dict[type[Event], Callable[[Any, Names], Text]] = {
    PackPublished: pack_published,
    PackWithdrawn: pack_withdrawn,
    RoundOpened: round_opened,
    RoundClosed: round_closed,
    ResultPublished: result_published,
    ResultWithdrawn: result_withdrawn,
    PlanOpened: plan_opened,
    ActionChanged: action_changed,
    FundingRequested: funding_requested,
    EnvelopeOpened: envelope_opened,
    AllocationMade: allocation_made,
    AllocationReleased: allocation_released,
}
