"""ETag and If-Match from a row's version: nobody overwrites what they have not seen."""

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from shared.digits import khmer_digits
from shared.errors import Invalid, PreconditionFailed, PreconditionRequired

ETAG = re.compile(r'^(?:W/)?"([0-9]{1,18})"$')
"""A proxy that compresses may have marked our tag as weak."""


def set_etag(response: Response, version: int) -> None:
    """Say which version the answer shows."""
    response.headers["ETag"] = f'"{version}"'


class IfMatch:
    """The version a change is based on; required on PATCH and PUT."""

    def __init__(self, if_match: str | None) -> None:
        if if_match is None:
            raise PreconditionRequired(
                "if_match_required",
                en="Send If-Match with the ETag you last read, so that nobody's change is overwritten unseen.",
                km="សូមផ្ញើ If-Match ជាមួយ ETag ដែលអ្នកបានអានចុងក្រោយ។",
            )
        match = ETAG.match(if_match.strip())
        if match is None and if_match.strip() != "*":
            raise Invalid.field(
                "header/If-Match",
                "if_match_malformed",
                en='If-Match holds one ETag as it was received, such as "3".',
                km='If-Match ត្រូវមាន ETag មួយដូចដែលបានទទួល ឧទាហរណ៍ "3"។',
            )
        self.version = int(match[1]) if match else None

    def must_match(self, version: int) -> None:
        """Raise PreconditionFailed when the row has moved on."""
        if self.version is not None and self.version != version:
            raise PreconditionFailed(
                "version_changed",
                en=f"Somebody changed this meanwhile: it is at version {version} now. Read it again, then change it.",
                km=f"មានអ្នកកែប្រែទិន្នន័យនេះរួចហើយ (កំណែ {khmer_digits(version)})។ សូមអានម្ដងទៀត រួចកែប្រែ។",
            )


async def if_match_header(
    if_match: Annotated[str | None, Header(description="The ETag of the version you change")] = None,
) -> IfMatch:
    """The header of a request; a coroutine, as FastAPI calls anything else in a thread."""
    return IfMatch(if_match)


Matching = Annotated[IfMatch, Depends(if_match_header)]


NOTHING = '"0"'
"""The ETag under which some show that there is nothing yet."""


class OnceThere:
    """If-Match of what is set as a whole: none the first time, and required as soon as there is something."""

    def __init__(self, if_match: str | None) -> None:
        self._if_match = if_match

    def must_match(self, version: int | None) -> None:
        """Raise PreconditionRequired or PreconditionFailed; `version` is None where there is nothing yet."""
        if version is not None:
            IfMatch(self._if_match).must_match(version)
        elif self._if_match not in (None, NOTHING):
            raise PreconditionFailed(
                "version_changed",
                en="What you change is not here, or no more. Read it again, then set it without If-Match.",
                km="អ្វីដែលអ្នកកែប្រែមិនមាននៅទីនេះទេ ឬលែងមានហើយ។ សូមអានម្ដងទៀត រួចបញ្ចូលដោយគ្មាន If-Match។",
            )


async def once_there_header(
    if_match: Annotated[str | None, Header(description="The ETag of what you change; none the first time")] = None,
) -> OnceThere:
    """The header of a request; a coroutine, as FastAPI calls anything else in a thread."""
    return OnceThere(if_match)


MatchingOnceThere = Annotated[OnceThere, Depends(once_there_header)]
