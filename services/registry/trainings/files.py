"""Participants by kind and sex as columns of a table."""

from collections.abc import Mapping

from services.registry.focal_persons.models import Sex
from services.registry.trainings.models import PARTICIPANT_KINDS, SEXES, ParticipantKind
from shared.spreadsheets import Column

KIND_NAMES = {
    "caf": ("Facilitators", "អ្នកសម្របសម្រួល"),
    "committee_member": ("Committee members", "សមាជិកគណៈកម្មាធិការ"),
    "provider": ("Service providers", "អ្នកផ្តល់សេវា"),
    "official": ("Officials", "មន្ត្រីរដ្ឋបាល"),
    "citizen": ("Citizens", "ប្រជាពលរដ្ឋ"),
    "other": ("Others", "អ្នកផ្សេងទៀត"),
}
SEX_NAMES = {"female": ("female", "ស្រី"), "male": ("male", "ប្រុស"), "undisclosed": ("not said", "មិនបញ្ជាក់")}
KIND_COLUMNS = tuple(
    Column(
        f"{kind}_{sex}",
        f"{KIND_NAMES[kind][0]}, {SEX_NAMES[sex][0]}",
        f"{KIND_NAMES[kind][1]} {SEX_NAMES[sex][1]}",
    )
    for kind in PARTICIPANT_KINDS
    for sex in SEXES
)


def kind_cells(counts: Mapping[tuple[ParticipantKind, Sex], int]) -> list[int]:
    """Counts by kind and sex in the order of KIND_COLUMNS."""
    return [counts.get((kind, sex), 0) for kind in PARTICIPANT_KINDS for sex in SEXES]
