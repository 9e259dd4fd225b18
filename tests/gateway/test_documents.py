"""What the gateway answers by itself: the start page and the documents, from nowhere else."""

import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from deploy.gateway import documents, events, openapi
from tests.gateway.running import RunningGateway

PATHS = [*documents.PAGES, *documents.SWAGGER_UI, "/openapi.json", "/asyncapi.json", "/events"]


class Links(HTMLParser):
    """Collects what a page loads or points to, its inline scripts and its ids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the addresses in a tag."""
        named = dict(attrs)
        self.found += [value for name, value in attrs if name in ("src", "href", "action", "srcset", "data") and value]
        self.inline += (tag == "script" and "src" not in named) + any(name.startswith("on") for name in named)


@pytest.fixture(params=["/", "/docs", "/events", "/ballot"])
def page(request: pytest.FixtureRequest, client: httpx.Client) -> Links:
    """Each page for people."""
    answer = client.get(request.param)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Links(answer.text)


def test_pages_load_and_point_to_nothing_but_ourselves(page: Links, client: httpx.Client) -> None:
    assert page.inline == 0
    for address in page.found:
        assert re.match(r"/(?!/)|#", address), address
        if address.startswith("/") and not address.startswith("/.well-known"):
            assert client.get(address).status_code == 200, address


@pytest.mark.parametrize(
    "path", ["/style.css", "/docs.css", "/ballot.css", "/start.js", "/docs.js", "/ballot.js", "/swagger-ui.css"]
)
def test_styles_and_scripts_fetch_nothing_from_elsewhere(client: httpx.Client, path: str) -> None:
    text = client.get(path).text
    assert "@import" not in text
    for address in re.findall(r"url\(\s*[\"']?([^\"')]+)", text):
        assert address.startswith("data:"), address
    if path != "/swagger-ui.css":
        assert not re.search(r"https?:|[\"']//", text)


def test_the_documentation_page_may_reach_no_other_host(client: httpx.Client) -> None:
    """The bundle itself knows foreign addresses (a validator's): the policy forbids and the settings do not ask."""
    policy = client.get("/docs").headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "http" not in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert "validatorUrl: null" in client.get("/docs.js").text


@pytest.mark.parametrize("path", PATHS)
def test_a_document_is_packed_kept_and_not_sent_again(client: httpx.Client, path: str) -> None:
    plain = client.get(path, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    packed = client.get(path, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert packed.headers["content-type"] == plain.headers["content-type"]
    again = client.get(path, headers={"if-none-match": plain.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", plain.headers["etag"])
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200
    assert client.head(path).headers["content-length"] == packed.headers["content-length"]
    assert client.post(path).status_code == 404


def test_the_start_page_speaks_khmer_and_english_of_everyone_it_serves(client: httpx.Client) -> None:
    page = client.get("/").text
    assert page.count('lang="km"') == page.count('lang="en"') - 1, "each text in both languages, beside <html>"
    for words in ("mobile app", "Partner NGOs", "national dashboard", "Provincial systems", "គណនេយ្យភាពសង្គម"):
        assert words in page


def test_the_event_list_shows_every_event_with_fields_and_example() -> None:
    page = events.page(openapi.asyncapi_document())
    for subject in (
        "isaf.scorecard.result.published.v1",
        "isaf.budget.allocation.made.v1",
        "isaf.registry.unit.changed.v1",
    ):
        assert f'<article id="{subject}">' in page
        assert f'<a href="#{subject}">' in page
    assert "from <b>jaap</b>" in page
    assert "<code>funded_amount</code>" in page
    assert "&quot;specversion&quot;: &quot;1.0&quot;" in page


def test_the_event_list_escapes_what_it_is_given() -> None:
    message = {"name": "isaf.x.y.z.v1", "summary": "<script>alert(1)</script>"}
    schema = {"properties": {"<b>": {"type": "string", "description": "<i>"}}}
    page = events.page({"components": {"messages": {"A": message}, "schemas": {"A": schema}}})
    assert "<script" not in page
    assert "<b>&lt;" not in page
    assert "&lt;i&gt;" in page


def test_what_is_served_is_what_lies_in_the_rendered_directory(running: RunningGateway, client: httpx.Client) -> None:
    directory: Path = running.log.parent / "www"
    assert client.get("/events").content == (directory / "events").read_bytes()
