"""What a column means, guessed from its name in Danish and English; who imports may say otherwise.

A meaning is "" (left out), ``name``, ``since``, ``handle.<network>``, ``detail.<word of identity's details>``, ``field.<slug>`` (an
attribute of the organisation's) or ``new.<kind>`` (one that is made, called as the column).
"""

import re
from collections.abc import Collection, Mapping, Sequence

from samspil.base.text import fold
from samspil.exchange.rules.handles import NETWORKS

KINDS = ("text", "number", "date", "yes", "link")
WORDS: Mapping[str, str] = {
    "name": "name|navn|fulde navn|full name|fn|display name|visningsnavn|kontaktperson|contact name|fullname|kunde|customer|customer name",
    "since": "created at|created|oprettet|since|kunde siden|customer since|date added|dateadded|createdat|first seen|date identified",
    "handle.mail": "mail|email|e mail|mailadresse|emailadresse|e mailadresse|email address|e mail adresse|e mail address|emails|primary email"
    "|email 1|e mail 1 value|emailaddress|epost|e post",
    "handle.phone": "phone|telefon|tlf|mobil|mobile|mobiltelefon|telefonnummer|phone number|phonenumber|tel|mobilnummer|mobile phone|phones"
    "|cell|cellphone|telephone|mobile number|phone 1 value|business phone|home phone|telefonnr|tlf nr|mobilnr",
    "handle.mastodon": "mastodon|fediverse|fediverset",
    "handle.matrix": "matrix|matrix id",
    "handle.telegram": "telegram|telegram username|additional attributes.social telegram user name|social profiles.telegram",
    "handle.bluesky": "bluesky",
    "handle.instagram": "instagram",
    "handle.facebook": "facebook",
    "handle.x": "twitter|x|twitter handle",
    "handle.whatsapp": "whatsapp",
    "handle.signal": "signal",
    "handle.threads": "threads",
    "handle.discord": "discord",
    "handle.github": "github",
    "handle.linkedin": "linkedin",
    "handle.tiktok": "tiktok",
    "handle.youtube": "youtube",
    "handle.reddit": "reddit",
    "detail.given_name": "first name|firstname|fornavn|given name|given_name|forename",
    "detail.surname": "last name|lastname|efternavn|surname|family name",
    "detail.company": "company|firma|firmanavn|virksomhed|organisation|organization|company name|org|companyname|arbejdsgiver",
    "detail.title": "title|titel|stilling|job title|jobtitle|position|rolle|role",
    "detail.department": "department|afdeling",
    "detail.street": "street|adresse|address|vej|address1|adresse 1|address line 1|gade|street address|gadenavn",
    "detail.postcode": "postcode|zip|zipcode|postnr|postnummer|zip code|postal code|post code",
    "detail.city": "city|by|town|bynavn",
    "detail.region": "region|state|province",
    "detail.country": "country|land",
    "detail.born": "born|birthday|foedselsdag|foedselsdato|date of birth|dob|bday|foedt|birthdate|birth date",
    "detail.gender": "gender|koen|sex",
    "detail.language": "language|sprog|preferred locale|locale",
    "detail.website": "website|web|url|hjemmeside|homepage|websites|webside",
    "detail.customer_number": "customer number|kundenummer|kundenr|kunde nr|customer no|customer id|kunde id|customerid|customernumber|debitornr"
    "|debitornummer|medlemsnummer|member number",
    "detail.order_number": "order number|ordrenummer|ordrenr|order id|order no",
}
_BY_NAME = {word: meaning for meaning, words in WORDS.items() for word in words.split("|")}
_NOISE = re.compile(r"[\s_\-./:*]+")


def guess(header: Sequence[str], preset: Mapping[str, str] | None = None) -> list[str]:
    """A meaning for each column, "" where the name says nothing; ``preset`` (of a known export) goes before."""
    return [(preset or {}).get(name, _guess(name)) for name in header]


def _guess(name: str) -> str:
    plain = _NOISE.sub(" ", fold(name)).strip()
    if plain in _BY_NAME:
        return _BY_NAME[plain]
    bare = re.sub(r"\s*\d+$", "", plain)  # "phone 2", "email 3"
    return _BY_NAME.get(bare, "") if bare != plain else ""


def is_meaning(meaning: str, *, details: Collection[str], fields: Collection[str]) -> bool:
    """Whether a column can mean that."""
    kind, _, rest = meaning.partition(".")
    return (
        meaning in {"", "name", "since"}
        or (kind == "handle" and rest in NETWORKS)
        or (kind == "detail" and rest in details)
        or (kind == "field" and rest in fields)
        or (kind == "new" and rest in KINDS)
    )


def slug_of(name: str) -> str:
    """The slug of an attribute that is called so: plain letters and figures."""
    return re.sub(r"[^a-z0-9]+", "_", fold(name)).strip("_")[:60] or "attribute"
