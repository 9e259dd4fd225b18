"""Telephone numbers as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.phones import normal_phone


@pytest.mark.parametrize(
    "written",
    ["012345678", "012 345 678", "(012) 345-678", "០១២ ៣៤៥ ៦៧៨", "+855 12 345 678", "+855 (0)12 345 678", "85512345678",
     "00855 12 345 678", "012\u200b345\u00a0678"],
)  # fmt: skip
def test_one_number_in_many_spellings(written: str) -> None:
    assert normal_phone(written) == "+85512345678"


@pytest.mark.parametrize("wrong", ["", "12", "012 345", "+66 812345678", "0123456789012", "phone", "012 345 67a", "+0"])
def test_what_is_no_number_of_cambodia_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="telephone"):
        normal_phone(wrong)


@given(st.from_regex(r"[1-9][0-9]{7,8}", fullmatch=True))
def test_the_normal_form_stays_as_it_is(national: str) -> None:
    assert normal_phone(normal_phone("0" + national)) == "+855" + national
