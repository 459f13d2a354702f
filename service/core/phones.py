"""Phone numbers as people type them, as E.164."""

from typing import Any

__all__ = ["to_e164"]


def to_e164(text: str, region: str = "JM") -> str | None:
    """The number with + and country code, or None when it is no valid number.

    Digits without a + are read as a number of `region`, then as an international number, then as one that can be
    dialled from `region`: in Jamaica 658 555 1234 is next door, and not +65 8555 1234 in Singapore.
    """
    import phonenumbers  # noqa: PLC0415 - 20 ms that most commands do not need

    typed = text.strip()
    if typed.startswith("+"):
        found = _valid(typed, None)
    else:
        found = _valid(typed, region)
        if found is None or not phonenumbers.is_valid_number_for_region(found, region):
            found = _valid(f"+{typed}", None) or found
    return None if found is None else str(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164))


def _valid(text: str, region: str | None) -> Any:
    import phonenumbers  # noqa: PLC0415 - as above

    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return parsed if phonenumbers.is_valid_number(parsed) else None
