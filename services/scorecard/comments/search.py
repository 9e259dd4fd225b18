"""Finding comments by what they say, in any script: every word of the search stands somewhere in the text.

Khmer is written without spaces between words, so a word is found wherever its letters follow each other. What is typed
is folded as the texts are (`words_of`): the order of vowel signs, invisible spaces, ta or da under a letter, case and
accents make no difference. The texts of the round and area are looked through, 1 µs each: an index of every three
letters was faster for rare words, but took seconds for common ones.
"""

from typing import Any

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

MOST_WORDS = 6
FOLDED: Any = literal_column("comment.folded")


async def words_of(db: AsyncSession, typed: str) -> list[str]:
    """The folded words of a search; empty when nothing is left of it."""
    folded: str = await db.scalar(select(func.words_of(typed.replace("\0", " ")))) or ""
    return folded.split()[:MOST_WORDS]


def saying(statement: Select[Any], words: list[str]) -> Select[Any]:
    """Narrow a statement over comments to those that hold all the words."""
    return statement.where(*(func.strpos(FOLDED, word) > 0 for word in words))
