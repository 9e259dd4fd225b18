"""Many ballots from one network, seen in the process alone."""

from uuid import uuid4

from services.scorecard.flags.network import HALF_SECONDS, MOST_BALLOTS, MOST_KEYS, NetworkWatch, network_of

ROUND, OTHER = uuid4(), uuid4()


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_one_more_than_likely_is_found_with_its_number() -> None:
    watch = NetworkWatch(Clock())
    for number in range(MOST_BALLOTS):
        watch.note(b"198.51.100.%d" % number, ROUND, "HC-1")
    assert watch.take() == {}
    watch.note(b"198.51.100.77", ROUND, "HC-1")
    watch.note(b"198.51.100.77", ROUND, "HC-1")
    assert watch.take() == {(ROUND, "HC-1"): MOST_BALLOTS + 2}
    assert watch.take() == {}


def test_units_rounds_and_networks_are_counted_apart() -> None:
    watch = NetworkWatch(Clock())
    for number in range(4 * MOST_BALLOTS):
        watch.note(b"198.51.%d.1" % (number % 4), ROUND, "HC-1")
        watch.note(b"203.0.113.1", (ROUND, OTHER)[number % 2], f"HC-{number // 2 % 2}")
    assert watch.take() == {}


def test_the_window_slides_and_forgets() -> None:
    clock = Clock()
    watch = NetworkWatch(clock)
    for _ in range(4):
        for _ in range(MOST_BALLOTS // 2):
            watch.note(b"198.51.100.1", ROUND, "HC-1")
        clock.now += HALF_SECONDS
    assert watch.take() == {}
    for _ in range(MOST_BALLOTS):
        watch.note(b"198.51.100.1", ROUND, "HC-1")
    assert watch.take()
    clock.now += 2 * HALF_SECONDS
    watch.note(b"198.51.100.1", ROUND, "HC-1")
    assert watch.take() == {}


def test_what_could_not_be_written_down_is_found_again() -> None:
    watch = NetworkWatch(Clock())
    watch.give_back({(ROUND, "HC-1"): 50})
    watch.give_back({(ROUND, "HC-1"): 45})
    assert watch.take() == {(ROUND, "HC-1"): 50}


def test_a_flood_of_addresses_fills_no_memory() -> None:
    watch = NetworkWatch(Clock())
    for number in range(2 * MOST_KEYS + 10):
        watch.note(b"%d.%d.%d.1" % (number >> 16, number >> 8 & 255, number & 255), ROUND, "HC-1")
    assert len(watch._now) + len(watch._before) <= 2 * MOST_KEYS


def test_a_network_is_what_neighbours_share() -> None:
    assert network_of(b"198.51.100.7") == network_of(b"198.51.100.99") != network_of(b"198.51.101.7")
    assert network_of(b"2001:db8:7:1::1") == network_of(b"2001:db8:7:2::9") != network_of(b"2001:db8:8:1::1")
    assert network_of(b"rubbish") == b""
