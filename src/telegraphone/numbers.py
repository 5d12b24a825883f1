"""Telephone numbers written in different ways: `+33612345678`, `0033612345678` and `0612345678` are one (in France)."""

import re
from functools import lru_cache

_NUMBER = re.compile(r"\+?[0-9][0-9 ().-]{5,20}")


@lru_cache(maxsize=20_000)
def canonical(number: str, country: str) -> str:
    """E.164 when it is a telephone number in this country (ISO 3166, or empty: international forms only), else as written."""
    if not _NUMBER.fullmatch(number):
        return number
    import phonenumbers  # heavy: only where numbers are compared

    written = f"+{number[2:]}" if number.startswith("00") else number
    try:
        parsed = phonenumbers.parse(written, country or None)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_valid_number(parsed):
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
