"""What cannot have been. What is merely unlikely is recorded, and flagged for review."""

from services.scorecard.meetings.schemas import OF_WHICH, MeetingChangeIn
from shared.digits import khmer_digits
from shared.errors import Invalid


def check_meeting(meeting: MeetingChangeIn) -> None:
    """Raise Invalid when a part is greater than the whole, a unit stands twice, or the end comes before the start."""
    if len(set(meeting.unit_codes)) < len(meeting.unit_codes):
        raise Invalid.field(
            "/unit_codes",
            "unit_repeated",
            en="Each unit stands in a meeting once.",
            km="អង្គភាពនីមួយៗអាចមានតែម្ដងក្នុងការប្រជុំមួយ។",
        )
    total = meeting.attendance.total
    for name in OF_WHICH:
        of_them = getattr(meeting.attendance, name)
        if of_them is not None and of_them > total:
            raise Invalid.field(
                f"/attendance/{name}",
                "more_than_all",
                en=f"{of_them} of {total} who came: a part cannot be greater than the whole.",
                km=f"{khmer_digits(of_them)} នាក់ ក្នុងចំណោមអ្នកចូលរួម {khmer_digits(total)} នាក់៖"
                " ចំនួនជាផ្នែកមិនអាចលើសចំនួនសរុបបានទេ។",
            )
    if meeting.start_time and meeting.end_time and meeting.end_time < meeting.start_time:
        raise Invalid.field(
            "/end_time",
            "ends_before_start",
            en="A meeting ends after it starts, on the same day.",
            km="ការប្រជុំត្រូវបញ្ចប់ក្រោយពេលចាប់ផ្ដើម ក្នុងថ្ងៃតែមួយ។",
        )
