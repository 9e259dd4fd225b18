"""Why a token of another issuer is not accepted: told precisely, as whoever set the issuer up must find the mistake."""

from collections.abc import Sequence


class NotAccepted(Exception):
    """A token of another issuer does not hold; each caller answers it in its own way."""

    def __init__(self, code: str, *, en: str, km: str) -> None:
        super().__init__(code)
        self.code, self.en, self.km = code, en, km


def malformed() -> NotAccepted:
    """The refusal of what is no token."""
    return NotAccepted(
        "token_malformed",
        en="This is not a signed token (a JWT of three parts).",
        km="នេះមិនមែនជាសំបុត្រសម្គាល់ខ្លួន (JWT) ដែលមានហត្ថលេខាទេ។",
    )


def unknown_issuer() -> NotAccepted:
    """The refusal of a token from somewhere that is not configured."""
    return NotAccepted(
        "issuer_unknown",
        en="The token is of an issuer that is not accepted here; GET /external-issuers lists those that are.",
        km="សំបុត្រសម្គាល់ខ្លួននេះមកពីស្ថាប័នដែលប្រព័ន្ធមិនទទួលស្គាល់។ សូមមើល GET /external-issuers។",
    )


def wrong_type() -> NotAccepted:
    """The refusal of a token that was made for something else."""
    return NotAccepted(
        "token_type_wrong",
        en="The token is of another kind than subject_token_type says.",
        km="ប្រភេទនៃសំបុត្រសម្គាល់ខ្លួនមិនត្រូវនឹង subject_token_type ទេ។",
    )


def wrong_algorithm(accepted: Sequence[str]) -> NotAccepted:
    """The refusal of a signature of a kind that is not accepted from this issuer."""
    return NotAccepted(
        "token_algorithm_wrong",
        en=f"The token's signature is of a kind that is not accepted of this issuer; accepted: {', '.join(accepted)}.",
        km=f"ប្រភេទហត្ថលេខានៃសំបុត្រសម្គាល់ខ្លួនមិនត្រូវបានទទួលយក។ ប្រភេទដែលទទួលយក៖ {', '.join(accepted)}។",
    )


def wrong_signature() -> NotAccepted:
    """The refusal of a token that the issuer did not sign, or signed with a key that it has withdrawn."""
    return NotAccepted(
        "token_signature_wrong",
        en="The token was not signed with one of its issuer's keys.",
        km="សំបុត្រសម្គាល់ខ្លួននេះមិនមានហត្ថលេខាត្រឹមត្រូវរបស់ស្ថាប័នចេញសំបុត្រទេ។",
    )


def expired() -> NotAccepted:
    """The refusal of a token that has run out."""
    return NotAccepted(
        "token_expired",
        en="The token has expired. Sign in at its issuer again.",
        km="សំបុត្រសម្គាល់ខ្លួនផុតកំណត់ហើយ។ សូមចូលប្រើប្រាស់នៅស្ថាប័នចេញសំបុត្រម្ដងទៀត។",
    )


def wrong_audience(audience: str) -> NotAccepted:
    """The refusal of a token that was issued for another application."""
    return NotAccepted(
        "token_audience_wrong",
        en=f"The token was issued for another application; here it must be for the client {audience} alone (aud, azp).",
        km=f"សំបុត្រសម្គាល់ខ្លួននេះត្រូវបានចេញសម្រាប់កម្មវិធីផ្សេង។ ត្រូវតែជាសំបុត្រសម្រាប់ {audience} (aud, azp)។",
    )


def wrong_claim(name: str) -> NotAccepted:
    """The refusal of a token one of whose claims is missing or cannot be."""
    return NotAccepted(
        "token_claim_wrong",
        en=f"The token's {name} is missing or does not hold.",
        km=f"ព័ត៌មាន {name} ក្នុងសំបុត្រសម្គាល់ខ្លួនខ្វះ ឬមិនត្រឹមត្រូវ។",
    )


def used() -> NotAccepted:
    """The refusal of a token that was exchanged before."""
    return NotAccepted(
        "token_used",
        en="This token was used here before; each is good for one use. Sign in at its issuer again.",
        km="សំបុត្រសម្គាល់ខ្លួននេះត្រូវបានប្រើរួចហើយ។ សូមចូលប្រើប្រាស់នៅស្ថាប័នចេញសំបុត្រម្ដងទៀត។",
    )
