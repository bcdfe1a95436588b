"""Made-up people with several handles, for the tests of matching."""

import random

from samspil.identity.rules.profile import profile

GIVEN = (
    "Anna Søren Mette John Robert Bob William Bill Wei Lars Æmilie Ivan Jürgen Maria Peter Ole Karen Yusuf Niels Sofie".split()
)
SURNAME = "Ærø Smith Zhang Jensen Hansen Müller Nowak Petrov Kjærgaard Larsen Obel Winther Skov Dam Aagaard Vestergaard".split()
HOSTS = "gmail.com acme.dk red-hat.com example.edu uk.ibm.com outlook.com torvald.dk".split()


def people(number: int, seed: int = 1):
    """(profiles, truth): about three handles a person, names and user names written in several ways, gaps and odd values in all fields."""
    dice = random.Random(seed)
    profiles, truth = [], []
    for person in range(number):
        given, surname = dice.choice(GIVEN), dice.choice(SURNAME) + dice.choice(["", "", "sen", "by", "holm"])
        born, postcode = f"19{dice.randint(40, 99)}-0{dice.randint(1, 9)}-1{dice.randint(0, 9)}", str(dice.randint(1000, 9990))
        phone, company = f"+45 {dice.randint(20000000, 99999999)}", dice.choice(["Acme A/S", "IBM", "Red Hat, Inc.", ""])
        for _ in range(dice.randint(1, 4)):
            name = dice.choice(
                [f"{given} {surname}", f"{surname}, {given}", f"{given[0]}. {surname}", given, f"{given} X. {surname}", ""]
            )
            user = dice.choice(
                [f"{given}.{surname}", f"{given[0]}{surname}", f"{surname}{dice.randint(1, 9)}", f"u{person}", given, "info"]
            )
            mail = dice.random() < 0.6
            address = f"{user}@{dice.choice(HOSTS)}" if mail else user
            raw: dict[str, object] = {
                "network": "mail" if mail else dice.choice(["github", "mastodon", "telegram"]),
                "address": address,
                "display": name,
            }
            for field, value in (
                ("born", born),
                ("postcode", postcode),
                ("phone", phone),
                ("company", company),
                ("place", "Århus"),
                ("street", f"Nygade {person}"),
                ("job", "smed"),
                ("gender", "f"),
                ("languages", "da"),
                ("hours", ["8", "9", "10", "21"]),
                ("orders", str(person)),
                ("avatar", f"a{person}"),
                ("links", f"https://github.com/u{person}"),
            ):
                if dice.random() < 0.4:
                    kept = value[:-1] + str(dice.randint(0, 9)) if isinstance(value, str) and dice.random() < 0.2 else value
                    raw[field] = kept
            if dice.random() < 0.3:
                raw["seen"] = [(dice.randint(1, 3), dice.choice(["dk", "us"]))]
            raw["extra"] = {"pet": dice.choice(["Fido", "Fida", "Misser", ""])}
            profiles.append(profile(raw))
            truth.append(str(person))
    return profiles, truth
