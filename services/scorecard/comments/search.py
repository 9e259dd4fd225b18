"""Finding comments by what they say, in any script: every word of the search stands somewhere in the text.

Khmer is written without spaces between words, so a word is found wherever its letters follow each other: an index of
every three letters narrows, the text itself decides. What is typed is folded as the texts are (`words_of`): the order
of vowel signs, invisible spaces, ta or da under a letter, case and accents make no difference.
"""

from typing import Any

from sqlalchemy import Select, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession

MOST_WORDS = 6
FOLDED: Any = literal_column("comment.folded")


async def words_of(db: AsyncSession, typed: str) -> list[str]:
    """The folded words of a search; empty when nothing is left of it."""
    folded: str = await db.scalar(select(func.words_of(typed.replace("\0", " ")))) or ""
    return folded.split()[:MOST_WORDS]


def saying(statement: Select[Any], words: list[str]) -> Select[Any]:
    """Narrow a statement over comments to those that hold all the words."""
    query = " & ".join(f"({grams(word)})" for word in words)
    found = func.grams_of(FOLDED).op("@@")(cast(bindparam("grams", query), TSQUERY))
    return statement.where(found, *(func.strpos(FOLDED, word) > 0 for word in words))


def grams(word: str) -> str:
    """What the index must hold for a word, as a tsquery; one or two letters begin some three."""
    if len(word) < 3:
        return f"'{word}':*"
    return " & ".join(f"'{gram}'" for gram in sorted({word[start : start + 3] for start in range(len(word) - 2)}))
