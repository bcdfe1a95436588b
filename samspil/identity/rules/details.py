"""What may be known of a person besides handles: the words for it, and the one form in which each value is kept."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

Shape = Literal["text", "number", "date", "yes", "link"]

DETAILS: Mapping[str, Shape] = {
    "given_name": "text",
    "surname": "text",
    "company": "text",
    "title": "text",
    "department": "text",
    "street": "text",
    "postcode": "text",
    "city": "text",
    "region": "text",
    "country": "text",
    "born": "date",
    "gender": "text",
    "language": "text",
    "website": "link",
    "customer_number": "text",
    "order_number": "text",
    "avatar": "text",
}
"""The words that every installation has. An organisation's own attributes (``Field``) come on top, with other slugs."""

MANY = frozenset({"company", "title", "department", "website", "customer_number", "order_number"})
"""Details of which a person may have several at a time; of the others the newest stands."""

LONGEST = 2000
_YES = frozenset({"1", "true", "yes", "y", "ja", "j", "x", "on"})
_NO = frozenset({"0", "false", "no", "n", "nej", "off"})


def tidy(shape: str, value: str) -> str:
    """The value in the form it is kept in: ISO dates, "1" and "0", a point in numbers, http(s) links. Raises ValueError with the reason."""
    text = " ".join(value.replace("\x00", "").split())[:LONGEST]
    if not text:
        raise ValueError("is empty")
    if shape == "number":
        return _number(text)
    if shape == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise ValueError("is no date such as 2026-11-25") from None
    if shape == "yes":
        if text.lower() not in _YES | _NO:
            raise ValueError("is neither yes nor no")
        return "1" if text.lower() in _YES else "0"
    if shape == "link" and not text.lower().startswith(("https://", "http://")):
        if "." not in text or " " in text or ":" in text:
            raise ValueError("is no web address")
        return f"https://{text}"
    return text


def _number(text: str) -> str:
    plain = text.replace(" ", "").replace("'", "")
    if "," in plain:
        plain = plain.replace(".", "").replace(",", ".") if plain.rfind(",") > plain.rfind(".") else plain.replace(",", "")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise ValueError("is no number") from None
    if not number.is_finite():
        raise ValueError("is no number")
    return format(number, "f")
