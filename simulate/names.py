"""Names of the people in the story, as they stand on a Cambodian attendance list: family name first."""

from random import Random

FAMILY = (
    ("សុខ", "Sok"), ("ជា", "Chea"), ("កែវ", "Keo"), ("ហេង", "Heng"), ("លី", "Ly"), ("ម៉ៅ", "Mao"), ("នួន", "Nuon"),
    ("ប៊ុន", "Bun"), ("ទេព", "Tep"), ("យិន", "Yin"), ("ឈិន", "Chhin"), ("រស់", "Ros"), ("សេង", "Seng"), ("អ៊ុំ", "Oum"),
)  # fmt: skip
WOMEN = (
    ("សុភា", "Sophea"), ("ចាន់ធី", "Chanthy"), ("ស្រីមុំ", "Sreymom"), ("បុប្ផា", "Bopha"), ("កល្យាណ", "Kalyan"),
    ("សុខា", "Sokha"), ("ចរិយា", "Chakriya"), ("ផល្លា", "Phalla"), ("រតនា", "Ratana"), ("ម៉ាលីស", "Malis"),
)  # fmt: skip
MEN = (
    ("វិចិត្រ", "Vichet"), ("សំណាង", "Samnang"), ("បូរ៉ា", "Bora"), ("ដារ៉ា", "Dara"), ("វុទ្ធី", "Vuthy"),
    ("ភារុណ", "Phearun"), ("សុវណ្ណ", "Sovann"), ("រិទ្ធី", "Rithy"), ("ពិសិដ្ឋ", "Piseth"), ("ចាន់ត្រា", "Chantra"),
)  # fmt: skip
WOMEN_AMONG_FACILITATORS = 0.65


def sex_of(name: str) -> str:
    """The sex that a name made by `person` tells."""
    return "female" if any(f" {english})" in name for _, english in WOMEN) else "male"


def person(rng: Random, *, women: float = 0.5) -> str:
    """A name in both scripts; `women` is the share of women among such people."""
    family = rng.choice(FAMILY)
    given = rng.choice(WOMEN if rng.random() < women else MEN)
    return f"{family[0]} {given[0]} ({family[1]} {given[1]})"
