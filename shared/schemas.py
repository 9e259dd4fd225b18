"""Building blocks of request models."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError


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
