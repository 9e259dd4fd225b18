"""What a search may mean."""

from services.registry.search.reading import Container, Reading, readings


def test_one_word_names_the_place() -> None:
    assert readings("tapung") == [Reading("tapung")]


def test_nothing_means_nothing() -> None:
    assert readings("") == []


def test_words_may_name_what_the_place_lies_in() -> None:
    found = readings("ta pung thma koul")
    assert found[0] == Reading("tapungthmakoul")
    assert Reading("tapung", None, (Container(("thma", "koul")),)) in found
    assert Reading("thmakoul", None, (Container(("ta", "pung")),)) in found


def test_a_single_letter_is_part_of_the_name_that_is_being_typed() -> None:
    assert readings("ta p") == [Reading("tap")]
    assert Reading("thmei", None, (Container(("2",)),)) in readings("thmei 2"), "a digit begins a code"


def test_an_administrative_word_says_the_level() -> None:
    assert Reading("tapung", "commune") in readings("khum ta pung")
    assert Reading("khumtapung") in readings("khum ta pung"), "it may also be part of the name"
    assert Reading("តាពូង", "commune") in readings("ឃុំតាពូង")
    assert Reading("តាពូង", "commune") in readings("ឃុំ តាពូង")


def test_administrative_words_cut_a_place_from_what_it_lies_in() -> None:
    found = readings("phum thmei khum ta pung srok thma koul")
    around = (Container(("ta", "pung"), "commune"), Container(("thma", "koul"), "district"))
    assert Reading("thmei", "village", around) in found
    assert Reading("ថ្មី", "village", (Container(("ថ្មគោល",), "district"),)) in readings("ភូមិថ្មី ស្រុកថ្មគោល")


def test_the_lowest_level_is_the_place_wherever_it_stands() -> None:
    assert Reading("thmei", "village", (Container(("battambang",)),)) in readings("battambang phum thmei")


def test_an_administrative_word_alone_is_a_name() -> None:
    assert readings("phum") == [Reading("phum")]
    assert readings("ភូមិ") == [Reading("ភូមិ")]
