"""What became of a ballot, said as a receipt, as a refusal, or as an item of a batch."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from shared.errors import Conflict, Problem
from shared.language import Language

Kept = Literal["late", "withdrawn", "replaces_earlier", "replaced"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Accepted or held before, with what is to be said of it; or a problem."""

    status: Literal["accepted", "duplicate", "conflict", "rejected"]
    code: Kept | None = None
    problem: Problem | None = None

    def receipt(self, ballot_id: UUID) -> dict[str, Any]:
        """The answer about a single ballot (schemas.BallotReceipt). Raises why it is not held."""
        if self.problem is not None:
            raise self.problem
        return {"id": str(ballot_id), "status": self.status} | self._remark

    def item(self, ballot_id: UUID | None, language: Language) -> dict[str, Any]:
        """The line in a batch's answer (schemas.BatchItem), without what there is nothing to say of."""
        said: dict[str, Any] = {"id": str(ballot_id)} if ballot_id else {}
        said["status"] = self.status
        said |= self._remark
        if self.code == "late" and self.status == "accepted":
            said["detail"] = LATE_KM if language == "km" else LATE_EN
        if self.problem is not None:
            said["code"] = self.problem.code
            if self.problem.errors:
                said["pointer"] = self.problem.errors[0].pointer
            said["detail"] = self.problem.km if language == "km" else self.problem.en
        return said

    @property
    def _remark(self) -> dict[str, Any]:
        """Nothing where it is held and counted as it was sent."""
        if self.code is None:
            return {}
        return {"code": self.code} if self.code == "replaces_earlier" else {"code": self.code, "counted": False}


ACCEPTED = Outcome("accepted")
LATE = Outcome("accepted", "late")
LATE_EN = "Scoring of this unit had ended: the ballot is kept and shown as late, and not counted."
LATE_KM = "ការដាក់ពិន្ទុសម្រាប់អង្គភាពនេះបានបញ្ចប់ហើយ៖ សន្លឹកឆ្នោតត្រូវបានរក្សាទុកជាសន្លឹកយឺត ហើយមិនត្រូវបានរាប់ទេ។"


def rejected(problem: Problem) -> Outcome:
    """It is not held."""
    return Outcome("rejected", problem=problem)


def other_content() -> Outcome:
    """The refusal of an id that is taken by a different ballot."""
    return Outcome(
        "conflict",
        problem=Conflict(
            "conflict",
            en="A different ballot is stored under this id. A new ballot needs a new id.",
            km="លេខសម្គាល់នេះមានសន្លឹកឆ្នោតផ្សេងរួចហើយ។ សន្លឹកឆ្នោតថ្មីត្រូវមានលេខសម្គាល់ថ្មី។",
        ),
    )
