"""A small shop that the tests ask for: three competences, and what people write about them in Danish and English."""

from uuid import UUID

from samspil.routing.rules.train import Described, Example, examples_of

BATTERY, BRAKES, INVOICE = UUID(int=1), UUID(int=2), UUID(int=3)
SHOP = [
    Described(
        id=BATTERY,
        name="Batteri",
        name_en="Battery",
        description="Batteriet taber pusten, vil ikke lade eller holder ikke en hel tur. Rækkevidde og oplader.",
        words=["batteri", "oplader", "rækkevidde", "strøm", "charger", "range"],
    ),
    Described(
        id=BRAKES,
        name="Bremser",
        name_en="Brakes",
        description="Bremserne hviner, griber for sent eller skal have nye klodser. Skivebremser og greb.",
        words=["bremse", "hviner", "klodser", "brake", "pads", "rotor"],
    ),
    Described(
        id=INVOICE,
        name="Faktura",
        name_en="Invoice",
        description="Faktura, rykker, moms og dobbelt træk på kortet. Betaling i rater.",
        words=["faktura", "rykker", "moms", "betaling", "invoice", "charged", "receipt"],
    ),
]
WEAK = [example for described in SHOP for example in examples_of(described)]

_PARTS = {
    BATTERY: [
        "Batteriet er fladt",
        "Min oplader blinker rødt",
        "My battery range dropped",
        "Kan jeg lade om natten",
        "Strømmen forsvinder i kulde",
    ],
    BRAKES: ["Bremsen hviner højt", "Klodserne er slidt ned", "My brake pads rub", "Grebet går helt ind", "The rotor is bent"],
    INVOICE: [
        "Jeg mangler en faktura",
        "I har trukket to gange",
        "Please send the invoice",
        "Hvorfor får jeg en rykker",
        "Kan jeg betale i rater",
    ],
}
_ENDS = [
    "efter ferien",
    "på min cykel",
    "since last week",
    "igen i dag",
    "kan I se på det",
    "what should I do",
    "siden i mandags",
    "hver morgen",
]


def asked() -> list[Example]:
    """Forty questions a competence, each from a consumer of its own."""
    return [
        Example(text=f"{part} {end}", competence=competence, voice=f"{part}/{end}")
        for competence, parts in _PARTS.items()
        for part in parts
        for end in _ENDS
    ]
