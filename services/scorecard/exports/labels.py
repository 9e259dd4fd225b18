"""What groups of citizens are called in the files, in Khmer and in English."""

from services.scorecard.exports.facts import Fact

DIMENSIONS: dict[str, tuple[str, str]] = {
    "all": ("ប្រជាពលរដ្ឋទាំងអស់", "All citizens"),
    "sex": ("ភេទ", "Sex"),
    "age_group": ("ក្រុមអាយុ", "Age group"),
    "sex_age": ("ភេទ និងក្រុមអាយុ", "Sex and age group"),
    "disability": ("ពិការភាព", "Disability"),
    "ethnic_minority": ("ជនជាតិដើមភាគតិច", "Ethnic minority"),
    "id_poor": ("ក្រីក្រ (មានប័ណ្ណសមធម៌)", "ID-Poor"),
}
SEXES = {"female": ("ស្រី", "Female"), "male": ("ប្រុស", "Male")}
AGES = {"youth": ("យុវជន", "Youth"), "adult": ("មនុស្សពេញវ័យ", "Adult"), "elder": ("មនុស្សចាស់", "Elder")}
ANSWERS = {"yes": ("បាទ/ចាស", "Yes"), "no": ("ទេ", "No")}
UNDISCLOSED = ("មិនបានបញ្ជាក់", "Not said")
WORDS = {**SEXES, **AGES, **ANSWERS, "undisclosed": UNDISCLOSED}


def group_label(fact: Fact) -> tuple[str, str]:
    """A group's name in Khmer and in English."""
    km, en = DIMENSIONS[fact.dimension]
    if fact.dimension == "all":
        return km, en
    if fact.dimension == "sex_age":
        sex, _, age = fact.category.partition("_")
        names = WORDS[sex], WORDS[age]
        return f"{km}៖ {names[0][0]} {names[1][0]}", f"{en}: {names[0][1]}, {names[1][1]}"
    word = WORDS[fact.category]
    return f"{km}៖ {word[0]}", f"{en}: {word[1]}"
