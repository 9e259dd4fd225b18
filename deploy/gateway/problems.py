"""The gateway's own errors as problem+json in Khmer or English: Envoy's local reply mappers, made from one table.

Where people look with a browser and the service is away or they come too fast, a page in both languages.
"""

from dataclasses import dataclass

PREFERS_KHMER = r"(?i)^([^e]|e[^n])*\bkm\b"
"""Khmer where Accept-Language names it before English; the services weigh q-values, which a header match cannot."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a status of the gateway's own means to the one who asked, and what to do about it."""

    status: int
    """Answers with at least this status, up to the next one in the table."""
    code: str
    title_en: str
    title_km: str
    en: str
    km: str
    retry_after: int | None = None


TIMEOUT = (
    "timeout",
    "Took too long",
    "ប្រើពេលយូរពេក",
)
REFUSALS = (
    Refusal(
        400,
        "bad_request",
        "Bad request",
        "សំណើមិនត្រឹមត្រូវ",
        "The request is not valid HTTP here. Check the path (no %2F or backslash) and the headers (no underscores).",
        "សំណើនេះមិនមែនជា HTTP ត្រឹមត្រូវទេ។ សូមពិនិត្យអាសយដ្ឋាន និងក្បាលសំណើ (headers)។",
    ),
    Refusal(
        404,
        "not_found",
        "Not found",
        "រកមិនឃើញ",
        "There is nothing at this address. /docs lists what there is.",
        "មិនមានអ្វីនៅអាសយដ្ឋាននេះទេ។ សូមមើលបញ្ជីនៅ /docs។",
    ),
    Refusal(
        405,
        "bad_request",
        "Bad request",
        "សំណើមិនត្រឹមត្រូវ",
        "This address does not take such a request.",
        "អាសយដ្ឋាននេះមិនទទួលសំណើបែបនេះទេ។",
    ),
    Refusal(
        408,
        *TIMEOUT,
        "The request did not arrive in time. Nothing was changed; send it again, in smaller parts over a slow line.",
        "សំណើមិនបានមកដល់ទាន់ពេលទេ។ មិនមានអ្វីត្រូវបានកែប្រែទេ សូមផ្ញើម្ដងទៀត ដោយបំបែកជាផ្នែកតូចៗបើបណ្តាញយឺត។",
    ),
    Refusal(
        409,
        "bad_request",
        "Bad request",
        "សំណើមិនត្រឹមត្រូវ",
        "The gateway cannot take such a request.",
        "ច្រកចូលមិនអាចទទួលសំណើបែបនេះបានទេ។",
    ),
    Refusal(
        413,
        "body_too_large",
        "Too large",
        "ទំហំធំពេក",
        "The body is larger than this address takes. Nothing was changed; send it in smaller parts.",
        "តួសំណើធំជាងកម្រិតដែលអនុញ្ញាត។ មិនមានអ្វីត្រូវបានកែប្រែទេ សូមផ្ញើជាផ្នែកតូចៗ។",
    ),
    Refusal(
        414,
        "bad_request",
        "Bad request",
        "សំណើមិនត្រឹមត្រូវ",
        "The gateway cannot take such a request.",
        "ច្រកចូលមិនអាចទទួលសំណើបែបនេះបានទេ។",
    ),
    Refusal(
        429,
        "rate_limited",
        "Too many requests",
        "សំណើច្រើនពេក",
        "Too many requests came from your address. Wait as long as Retry-After says, then go on more slowly.",
        "មានសំណើច្រើនពេកពីអាសយដ្ឋានរបស់អ្នក។ សូមរង់ចាំតាម Retry-After រួចបន្តដោយយឺតជាងមុន។",
        retry_after=1,
    ),
    Refusal(
        431,
        "headers_too_large",
        "Headers too large",
        "ក្បាលសំណើធំពេក",
        "The headers are larger than 32 KiB or more than 100. Send fewer or shorter ones.",
        "ក្បាលសំណើ (headers) ធំជាង 32 KiB ឬច្រើនជាង 100។ សូមផ្ញើឱ្យតិច ឬខ្លីជាងនេះ។",
    ),
    Refusal(
        500,
        "gateway_error",
        "Our mistake",
        "កំហុសរបស់ប្រព័ន្ធ",
        "Something went wrong at the gateway. Give the x-request-id of this answer to your administrator.",
        "មានបញ្ហានៅច្រកចូលប្រព័ន្ធ។ សូមផ្ដល់ x-request-id នៃចម្លើយនេះដល់អ្នកគ្រប់គ្រងប្រព័ន្ធ។",
    ),
    Refusal(
        502,
        "service_unavailable",
        "Try again shortly",
        "សូមព្យាយាមម្ដងទៀតបន្តិចក្រោយ",
        "The service broke off its answer. Repeat a change only with the same id or Idempotency-Key.",
        "សេវាបានផ្តាច់ចម្លើយ។ បើធ្វើការកែប្រែឡើងវិញ សូមប្រើ id ឬ Idempotency-Key ដដែល។",
        retry_after=2,
    ),
    Refusal(
        503,
        "service_unavailable",
        "Try again shortly",
        "សូមព្យាយាមម្ដងទៀតបន្តិចក្រោយ",
        "The service is not answering right now. Send the same request again after Retry-After seconds; "
        "repeat a change with the same id or Idempotency-Key.",
        "សេវាមិនឆ្លើយតបនៅពេលនេះទេ។ សូមផ្ញើសំណើដដែលម្ដងទៀតក្រោយចំនួនវិនាទីក្នុង Retry-After ដោយប្រើ id ឬ Idempotency-Key ដដែល។",
        retry_after=2,
    ),
    Refusal(
        504,
        *TIMEOUT,
        "The service did not answer in time. Ask for less; repeat a change only with the same id or Idempotency-Key.",
        "សេវាមិនបានឆ្លើយទាន់ពេលទេ។ សូមស្នើជាផ្នែកតូចជាងនេះ។ បើធ្វើការកែប្រែឡើងវិញ សូមប្រើ id ឬ Idempotency-Key ដដែល។",
        retry_after=2,
    ),
)
PAGES = "/i4c"
PAGE_FROM = 429
"""Answers below tell of requests that no browser sends."""
PAGE = """<!doctype html>
<html lang="km">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>សូមព្យាយាមម្ដងទៀតបន្តិចក្រោយ · Try again shortly</title>
<style>
body{margin:0 auto;max-width:40rem;padding:1rem;font:1rem/1.8 system-ui,"Noto Sans Khmer","Khmer OS",sans-serif}
</style>
</head>
<body>
<h1>សូមព្យាយាមម្ដងទៀតបន្តិចក្រោយ</h1>
<p>ទំព័រនេះមិនអាចបង្ហាញបាននៅពេលនេះទេ។ សូមរង់ចាំ ១ នាទី រួចបើកទំព័រនេះម្ដងទៀត ឬសាកសួរនៅអង្គភាពផ្តល់សេវា។</p>
<p lang="en">This page cannot be shown at the moment. Wait a minute, then open it again, or ask at the service unit.</p>
<p><a href="">ព្យាយាមម្ដងទៀត · <span lang="en">Try again</span></a></p>
</body>
</html>
"""


def mappers() -> list[dict[str, object]]:
    """Envoy's mappers, the highest status first because the first that matches is taken; Khmer before English."""
    highest_first = sorted(REFUSALS, key=lambda refusal: -refusal.status)
    return [_page_mapper(), *(_mapper(refusal, language) for refusal in highest_first for language in ("km", "en"))]


def _page_mapper() -> dict[str, object]:
    path = {
        "header_filter": {"header": {"name": ":path", "string_match": {"safe_regex": {"regex": f"{PAGES}([/?].*)?"}}}}
    }
    headers = {"content-language": "km, en", "cache-control": "no-store", "retry-after": "60"}
    return {
        "filter": {"and_filter": {"filters": [_status_from(PAGE_FROM), path]}},
        "headers_to_add": _headers(headers),
        "body_format_override": {
            "content_type": "text/html; charset=utf-8",
            "text_format_source": {"inline_string": PAGE.replace("%", "%%")},
        },
    }


def _mapper(refusal: Refusal, language: str) -> dict[str, object]:
    matches = _status_from(refusal.status)
    if language == "km":
        header = {"name": "accept-language", "string_match": {"safe_regex": {"regex": f"{PREFERS_KHMER}.*"}}}
        matches = {"and_filter": {"filters": [matches, {"header_filter": {"header": header}}]}}
    headers = {"content-language": language, "vary": "Accept-Language", "cache-control": "no-store"}
    if refusal.retry_after is not None:
        headers["retry-after"] = str(refusal.retry_after)
    return {
        "filter": matches,
        "headers_to_add": _headers(headers),
        "body_format_override": {
            "content_type": "application/problem+json",
            "omit_empty_values": True,
            "json_format": {
                "type": "about:blank",
                "title": refusal.title_km if language == "km" else refusal.title_en,
                "status": "%RESPONSE_CODE%",
                "code": refusal.code,
                "detail": (refusal.km if language == "km" else refusal.en).replace("%", "%%"),
                "request_id": "%REQ(X-REQUEST-ID)%",
            },
        },
    }


def _status_from(status: int) -> dict[str, object]:
    comparison = {"op": "GE", "value": {"default_value": status, "runtime_key": "never_set"}}
    return {"status_code_filter": {"comparison": comparison}}


def _headers(headers: dict[str, str]) -> list[dict[str, object]]:
    return [{"header": {"key": name, "value": value}} for name, value in headers.items()]
