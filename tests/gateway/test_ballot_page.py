"""The page behind a unit's QR code, as a citizen's phone gets it."""

import re

import httpx

PARTS = ("/ballot", "/ballot.css", "/ballot.js")
BYTES = 25_000
"""All three together, unpacked: a second or two on the slowest network."""


def test_the_page_is_small(client: httpx.Client) -> None:
    plain = [client.get(path, headers={"accept-encoding": "identity"}) for path in PARTS]
    assert [answer.headers["content-type"].partition(";")[0] for answer in plain] == [
        "text/html",
        "text/css",
        "text/javascript",
    ]
    assert sum(len(answer.content) for answer in plain) < BYTES


def test_what_a_citizen_answers_may_go_nowhere_but_to_us(client: httpx.Client) -> None:
    """Only the questions read aloud may come from elsewhere."""
    policy = client.get("/ballot").headers.get_list("content-security-policy")
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy[0].split(";")}
    assert len(policy) == 1
    assert rules["default-src"] == rules["form-action"] == rules["frame-ancestors"] == rules["base-uri"] == ["'none'"]
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == ["'self'"]
    assert rules["media-src"] == ["https:"]
    headers = client.get("/ballot").headers
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


def test_the_token_is_read_behind_the_hash_and_the_page_builds_no_markup_from_text(client: httpx.Client) -> None:
    script = client.get("/ballot.js").text
    assert "location.hash" in script
    assert not re.search(r"innerHTML|insertAdjacent|document\.write|eval\(", script)


def test_the_page_speaks_khmer_first_and_english(client: httpx.Client) -> None:
    page, script = client.get("/ballot").text, client.get("/ballot.js").text
    assert page.startswith('<!doctype html>\n<html lang="km">')
    dictionary = script[script.index("const WORDS") : script.index("const TAGS")]
    words = {
        name: (khmer, english) for name, khmer, english in re.findall(r'(\w+): \["([^"]+)",\s+"([^"]+)"\]', dictionary)
    }
    assert len(words) == dictionary.count("[")
    for name, (khmer, english) in words.items():
        assert re.search("[ក-៹]", khmer), name
        assert english.replace("…", "").replace("▶", "").isascii(), name
    assert set(re.findall(r'say\("(\w+)"', script)) <= words.keys()
