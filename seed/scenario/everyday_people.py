"""People as any shop has them: PEOPLE of them, times the scale. Those of scale 1 are in auth0/people.yaml too."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from scenario.billing import Row
from stagekit_seed import Seed

PEOPLE = 32
_GIVEN = """
    Amara Bruno Chiara Dario Elif Farid Greta Henrik Ilse Jarek Kofi Lotte Milan Nadia Otto Pilar Quim Rosa Samir
    Thea Ugur Vera Wim Xenia Yara Zoltan Aiko Björn Céline Đorđe Émile Saoirse
""".split()  # noqa: SIM905  # a list of names reads best as names
_FAMILY = """
    Abara Bianchi Castro Dupont Eriksen Farouk Grün Haddad Ivanova Jansen Kaya Lindgren Moreau Nakamura Oduya
    Petrov Quispe Rossi Schulz Tanaka Ulrich Varga Weber Ximénez Yilmaz Zieliński
""".split()  # noqa: SIM905


def rows(seed: Seed) -> Iterator[Row]:
    for number in range(PEOPLE * seed.scale):
        given = _GIVEN[number % len(_GIVEN)]
        name = f"{given} {seed.random(number).choice(_FAMILY)}"
        again = number // PEOPLE
        email = f"{_plain(name)}{f'.{again}' if again else ''}@example.test"
        yield {"sub": f"auth0|everyday-{number + 1}", "email": email, "name": name}


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower().replace("đ", "d").replace("ł", "l"))
    return "".join(each for each in letters if (each.isascii() and each.isalpha()) or each == " ").replace(" ", ".")
