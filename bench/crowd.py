"""A crowd of made-up people with their handles on several networks: any number, the same for the same seed, with the truth beside them."""

import random
from collections.abc import Iterator
from typing import Any

GIVEN = (
    "Karoline Søren Mette Jørgen Signe Kåre Ida Freja Rasmus Lærke Magnus Tove Niels Ditte Holger Anna Peter Maria Lars Hanne Emma Oliver"
    " Noah Sofie Lucas Clara William Alma Malthe Agnes Victor Ella Oscar Josefine Emil Laura Frederik Julie Mikkel Camilla Thomas Anne"
    " James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth Wei Li Fatima Mohamed Aisha Ivan Olga Pavel Elena Jan Katarzyna"
).split()
STEMS = (
    "Vester Øster Nør Sønder Bjerg Kjær Møl Lund Skov Krog Bæk Høj Dal Holm Gaard Toft Thor Brønd Winther Aage Stein Berg Linde Rosen Gold"
    " Silver Stone Wood Hill Wright Smith Black White Green Field Ford Well Mor Har Wil Kowal Nowak Petrov Ivanov"
).split()
ENDS = "sen gaard ager mark lund holm berg by strup lev ner ton man son ski ova ov dahl vig sted rup quist".split()
HOSTS = [f"firma{n}.example" for n in range(4000)]
FREE = ["gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "live.dk", "icloud.com"]
SERVERS = ["mastodon.social", "helvede.net", "norrebro.space", "fosstodon.org"]


def crowd(number: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """``number`` handles as {network, address, display, person}; a person has one to five, most have one or two."""
    chance = random.Random(seed)
    surnames = [a + b for a in STEMS for b in ENDS]
    popular = [1 / (n + 1) ** 0.6 for n in range(len(surnames))]
    chance.shuffle(surnames)
    made = person = 0
    while made < number:
        given, surname = chance.choice(GIVEN), chance.choices(surnames, popular)[0]
        if chance.random() < 0.3:
            surname = f"{chance.choice(surnames)} {surname}"
        nick = f"{given}{surname[:3]}{chance.randrange(10, 99999)}".lower().replace(" ", "")
        work = chance.choice(HOSTS)
        for _ in range(min(number - made, chance.choices([1, 2, 3, 4, 5], [50, 28, 13, 6, 3])[0])):
            yield {"person": person, **_handle(chance, given, surname, nick, work)}
            made += 1
        person += 1


def _plain(text: str) -> str:
    for a, b in (("æ", "ae"), ("ø", "oe"), ("å", "aa"), (" ", "")):
        text = text.replace(a, b)
    return text


def _handle(chance: random.Random, given: str, surname: str, nick: str, work: str) -> dict[str, str]:
    last = surname.rsplit(maxsplit=1)[-1]
    g, s = _plain(given.lower()), _plain(last.lower())
    display = chance.choices(
        [f"{given} {surname}", f"{given} {last}", f"{given[0]}. {last}", given, f"{last}, {given}", ""], [45, 20, 10, 10, 5, 10]
    )[0]
    kind = chance.random()
    if kind < 0.35:
        return {
            "network": "mail",
            "address": f"{chance.choice([f'{g}.{s}', f'{g[0]}{s}', f'{g}{s[0]}'])}@{work}",
            "display": display,
        }
    if kind < 0.7:
        local = chance.choice([nick, f"{g}.{s}{chance.randrange(100)}", f"{g}{s}{chance.randrange(1970, 2005)}"])
        return {"network": "mail", "address": f"{local}@{chance.choice(FREE)}", "display": display}
    if kind < 0.85:
        return {
            "network": "mastodon",
            "address": f"{chance.choice([nick, g + s])}@{chance.choice(SERVERS)}",
            "display": display or given,
        }
    return {"network": "telegram", "address": nick, "display": display or given}
