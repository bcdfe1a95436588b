"""The settings of a number on WhatsApp, and the form of the people's ids."""

import re
from collections.abc import Mapping, Sequence

from samspil.channels._meta.graph import Graph, Meaning
from samspil.channels._meta.settings import fields
from samspil.kit import Account, Field

NETWORK = "whatsapp"
BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}", re.ASCII)
"""The id of a person towards one business portfolio, "US.13491208655302741918"; with ENT towards several that belong together."""
PHONE = re.compile(r"[1-9]\d{6,14}", re.ASCII)
_WRITTEN = re.compile(r"\+?[\d ().-]{7,30}", re.ASCII)
_OLD_BRAZIL = re.compile(r"55([1-9][1-9])([6-9]\d{7})", re.ASCII)

FIELDS: Sequence[Field] = fields(
    Field(
        name="phone_number_id",
        label={"da": "Telefonnummer-id", "en": "Phone number ID"},
        help={
            "da": "Fra WhatsApp, API Setup. Det er ikke selve nummeret.",
            "en": "From WhatsApp, API Setup. It is not the number itself.",
        },
    ),
    Field(
        name="waba_id",
        label={"da": "WhatsApp Business-konto-id", "en": "WhatsApp Business account ID"},
        help={"da": "Samme sted.", "en": "In the same place."},
    ),
    Field(
        name="business_id",
        label={"da": "Virksomhedsportefølje-id", "en": "Business portfolio ID"},
        help={
            "da": "Business settings, Business info. Folks id hos jer gælder i den portefølje; skift det ikke senere.",
            "en": "Business settings, Business info. People's ids with you are valid in that portfolio; do not change it later.",
        },
    ),
    token_help={
        "da": "Fra en systembruger, uden udløb, med whatsapp_business_messaging og whatsapp_business_management.",
        "en": "Of a system user, without expiry, with whatsapp_business_messaging and whatsapp_business_management.",
    },
)

CODES: Mapping[int | tuple[int, int], Meaning] = {
    368: Meaning(words="WhatsApp has restricted your account because of its rules: look in Business Support"),
    80007: Meaning(words="Your WhatsApp account has reached its limit of calls", after=300.0),
    130403: Meaning(words="They live in a country where WhatsApp does not let you write"),
    130429: Meaning(words="Too many messages a second from your number", after=5.0),
    130472: Meaning(words="WhatsApp holds this kind of message back from them, as one of an experiment"),
    130497: Meaning(words="Your number may not write to people in their country"),
    131000: Meaning(words="WhatsApp could not send just now, and does not say why", after=0.0),
    131005: Meaning(words="The access token has no permission to send: give it whatsapp_business_messaging"),
    131008: Meaning(words="WhatsApp misses something in the message"),
    131009: Meaning(words="WhatsApp does not take something in the message"),
    131016: Meaning(words="WhatsApp is out of order just now", after=0.0),
    131021: Meaning(words="A number cannot write to itself"),
    131026: Meaning(
        words="It could not be delivered: they may have no WhatsApp on that number, an old one, or have not accepted its terms"
    ),
    131031: Meaning(words="Your WhatsApp account is locked: look in Business Support"),
    131037: Meaning(words="Your number's display name is not approved yet"),
    131042: Meaning(words="The payment for your WhatsApp account does not work: look in its billing"),
    131045: Meaning(words="Your number is not registered for sending"),
    131047: Meaning(words="More than 24 hours have passed since they last wrote: WhatsApp now takes approved templates alone"),
    131048: Meaning(words="Too many have blocked or reported your number: WhatsApp holds your messages back", after=3600.0),
    131049: Meaning(words="WhatsApp holds it back, so that they do not get too much from businesses"),
    131050: Meaning(words="They have said at WhatsApp that they want no marketing from you"),
    131051: Meaning(words="WhatsApp does not know this kind of message"),
    131052: Meaning(words="The file that they sent could not be fetched"),
    131053: Meaning(words="WhatsApp could not take the file"),
    # The outbox doubles its own pause from 20 seconds on, which keeps to WhatsApp's advice (4, 16, 64 seconds) without counting tries here.
    131056: Meaning(words="Too many messages to this one person: WhatsApp takes one in six seconds", after=0.0),
    131057: Meaning(words="Your WhatsApp account is being looked after by Meta", after=600.0),
    131062: Meaning(words="WhatsApp cannot send this to somebody whose phone number is hidden"),
    132000: Meaning(words="The template needs another number of texts to fill in"),
    132001: Meaning(words="There is no such approved template in that language"),
    132005: Meaning(words="The filled-in template is too long"),
    132007: Meaning(words="The template breaks WhatsApp's rules"),
    132012: Meaning(words="A text to fill in is of another kind than the template says"),
    132018: Meaning(words="A text to fill in has line breaks, or too many spaces"),
    132015: Meaning(words="The template is paused, because people did not like it"),
    132016: Meaning(words="The template was paused too often, and is closed"),
    132068: Meaning(words="The form that the template opens is blocked at WhatsApp"),
    133010: Meaning(words="Your number is not registered at WhatsApp"),
}
"""WhatsApp's codes in words (https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes)."""


def graph(account: Account) -> Graph:
    """The account's way to WhatsApp."""
    return Graph(account=account, meanings=CODES)


def normal(number: str) -> str:
    """A number's digits in normal form, "" for none: in Brazil mobile numbers have had a ninth digit since 2016, which WhatsApp's ids may lack."""
    digits = "".join(c for c in number if c.isascii() and c.isdigit())
    if not PHONE.fullmatch(digits) or not _WRITTEN.fullmatch(number):
        return ""
    return _OLD_BRAZIL.sub(r"55\g<1>9\g<2>", digits) if _OLD_BRAZIL.fullmatch(digits) else digits
