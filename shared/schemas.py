"""Building blocks of request models, and of answers with thousands of rows."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SerializeAsAny, SkipValidation, StringConstraints
from pydantic_core import PydanticCustomError

T = TypeVar("T")


class Input(BaseModel):
    """The base of every request model: an unknown field is a mistake to be told, not to be dropped."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def without_control_characters(value: str) -> str:
    """Refuse characters that no person types and Postgres or a spreadsheet cannot hold; newlines and tabs may stay."""
    if any(ord(character) < 32 and character not in "\n\r\t" for character in value):
        raise PydanticCustomError("control_character", "must not contain control characters")
    return value


ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(without_control_characters)]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(without_control_characters)]
Riel = Annotated[int, Field(ge=0, le=1_000_000_000_000_000, strict=True, description="Whole riel")]
Year = Annotated[int, Field(ge=2000, le=2100)]
Trusted = SerializeAsAny[SkipValidation[T]]
"""Rows of an answer that our own code has made of what our own statement read, as TypedDicts: the API's document shows
their type, and they are written to JSON as they are. To check and copy a nation's 1,661 communes takes longer than to
count in them. The row of the sum, of the same type, is checked; a test checks the rows."""
