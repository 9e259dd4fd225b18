"""What a subscription's URL may be."""

import pytest

from services.notify.subscriptions.urls import UrlRule
from shared.errors import Invalid

ANYWHERE, PRODUCTION = UrlRule(strict=False), UrlRule(strict=True)


@pytest.mark.parametrize(
    "url", ["https://partner.example/isaf", "https://partner.example:8443/a?b=c", "https://ភ្នំពេញ.example/"]
)
def test_good_everywhere(url: str) -> None:
    assert ANYWHERE.must_hold(url) == PRODUCTION.must_hold(url) == url


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://partner.example/", "url_not_https"),
        ("https://127.0.0.1/", "url_private"),
        ("https://[::1]/", "url_private"),
        ("https://169.254.169.254/latest", "url_private"),
        ("https://localhost/", "url_private"),
        ("https://db.localhost/", "url_private"),
    ],
)
def test_good_on_ones_own_machine_alone(url: str, code: str) -> None:
    assert ANYWHERE.must_hold(url) == url
    with pytest.raises(Invalid) as refused:
        PRODUCTION.must_hold(url)
    assert refused.value.code == code
    assert refused.value.errors[0].pointer == "/url"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("partner.example", "url_malformed"),
        ("//partner.example/", "url_malformed"),
        ("https://", "url_malformed"),
        ("https:///path", "url_malformed"),
        ("ftp://partner.example/", "url_malformed"),
        ("javascript:alert(1)", "url_malformed"),
        ("https://partner.example/#part", "url_malformed"),
        ("https://partner.example:0/", "url_malformed"),
        ("https://partner.example:99999/", "url_malformed"),
        ("https://partner.example:x/", "url_malformed"),
        ("https://part ner.example/", "url_malformed"),
        ("https://partner.example/\x7f", "url_malformed"),
        ("https://user:secret@partner.example/", "url_credentials"),
        ("https://user@partner.example/", "url_credentials"),
    ],
)
def test_good_nowhere(url: str, code: str) -> None:
    for rule in (ANYWHERE, PRODUCTION):
        with pytest.raises(Invalid) as refused:
            rule.must_hold(url)
        assert refused.value.code == code
