"""Blocking keys for files of persons without handles, where any field may be misspelled: many small combinations of fields."""

from itertools import combinations

from samspil.identity.rules.profile import Profile, hashed

WORDS = 5
YEAR, MONTH = 4, 6


def record_keys(of: Profile) -> tuple[int, ...]:
    """Keys of a person's record as signed 64-bit numbers, sorted: names with parts of the date, of the postcode, of the place."""
    return tuple(sorted({hashed(text) for text in _texts(of)}))


def _texts(of: Profile) -> list[str]:
    words = (of.words or ())[:WORDS]
    given, surname = of.first or of.word or "", of.surname or of.word or ""
    year, tail = (of.born or "")[:YEAR], (of.born or "")[YEAR:]
    area = of.area or ""
    found = [f"ww {a} {b}" for a, b in combinations(words, 2)]
    found += [f"x {k} {v}" for k, v in of.extra.items() if len(v) > WORDS]
    found += [f"s {s}" for s in of.selves or ()] + [f"p {p}" for p in of.phones or ()] + [f"i {i}" for i in of.ids or ()]
    for word in words:
        found += [f"wy {word} {year}"] if year else []
        found += [f"wt {word} {tail}"] if tail else []
        found += [f"wa {word} {area}"] if area else []
        found += [f"wp {word} {of.place}"] if of.place else []
        found += [f"wj {word[:4]} {of.job} {area}"] if of.job and area else []
        found += [f"4y {word[:4]} {year}", f"e4 {word[-4:]} {year}"] if year else []
        found += [f"4a {word[:3]} {of.postcode}"] if of.postcode else []
    if of.born:
        found += [f"b {of.born}", f"bd {of.born_digits} {given[:1]}"]
    if of.postcode:
        found += [f"pc {of.postcode}"]
    if of.place:
        found += [f"lj {of.place} {of.job} {given[:2]}"] if of.job else []
        found += [f"ly {of.place} {year} {given[:1]}", f"lt {of.place} {tail}"] if of.born else []
    if area and of.job:
        found += [f"ajg {area} {of.job} {given[:2]}"]
        found += [f"ajy {area} {of.job} {year}"] if year else []
    if of.street:
        found += [f"sg {of.street} {given[:2]}", f"ss {of.street} {surname[:2]}"]
    if given and surname:
        found += [f"gs {given[:4]} {surname[:3]}{surname[-2:]}", f"gp {given} {of.place} {of.job}"]
    return found
