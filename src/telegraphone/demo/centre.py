"""The made-up contact centre: its people, queues and callers. All numbers are of the ranges that France keeps for fiction."""

import random
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

PBX = "demo"
COUNTRY = "FR"
ZONE = ZoneInfo("Europe/Paris")
TRUNK_CONTEXTS = ("from-trunk",)
TRUNK_ENDPOINTS = ("PJSIP/trunk",)
OUR_PREFIX = "019900"
"""What people outside dial before one of our four-digit numbers."""


class Phone(msgspec.Struct, frozen=True):
    """A telephone and whose it is; `agent` is his number in the queues."""

    number: str
    firstname: str
    lastname: str
    line: str
    agent: str = ""
    is_plugged_in: bool = True

    @property
    def interface(self) -> str:
        """How the PBX calls it."""
        return f"PJSIP/{self.line}"

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.firstname} {self.lastname}"


class Queue(msgspec.Struct, frozen=True):
    """A queue and who serves it: one after the other, behind Local channels (`local`) or at their phones (`direct`), or all at once."""

    number: str
    name: str
    display_name: str
    agents: tuple[str, ...]
    way: Literal["local", "direct", "ringall"]
    ring_s: int
    is_open_on_sundays: bool = False


class Customer(msgspec.Struct, frozen=True):
    """Somebody outside. One who hides his number has none."""

    number: str
    name: str
    reference: str


AGENT_PHONES = tuple(
    Phone(f"{1101 + place}", first, last, line, f"{2000 + place}")
    for place, (first, last, line) in enumerate((
        ("Camille", "Moreau", "k3v9ap"), ("Julien", "Lefèvre", "w8d2mt"), ("Inès", "Garnier", "q7r5te"), ("Thomas", "Besson", "h4x6zl"),
        ("Aïcha", "Diallo", "n2c8fy"), ("Mathieu", "Girard", "1106"), ("Zoé", "Marchand", "1107"), ("Noël", "Fontaine", "1108"),
        ("Élodie", "Rousseau", "1109"), ("Rémi", "O'Connor", "b5g1sj"), ("Fatou", "N'Diaye", "e9u3kr"), ("Gaël", "Le Goff", "1112"),
    ))
)  # fmt: skip
OFFICE_PHONES = (
    Phone("1001", "Hélène", "Vasseur", "1001"),
    Phone("1002", "Bruno", "Castel", "1002"),
    Phone("1003", "Sofia", "Marquez", "r6t4ha"),
    Phone("1004", "Yann", "Kervella", "1004"),
    Phone("1005", "Nadia", "Benali", "1005"),
    Phone("1006", "Paul", "Zimmermann", "1006", is_plugged_in=False),
)
PHONES = (*AGENT_PHONES, *OFFICE_PHONES)
AGENTS = {phone.agent: phone for phone in AGENT_PHONES}
QUEUES = (
    Queue("3000", "hotline", "Hotline", ("2000", "2001", "2002", "2003", "2004"), "local", 15, is_open_on_sundays=True),
    Queue("3001", "sales", "Sales", ("2005", "2006", "2007"), "direct", 12),
    Queue("3002", "support", "Technical support", ("2008", "2009", "2010"), "ringall", 20, is_open_on_sundays=True),
    Queue("3003", "billing", "Billing", ("2011", "2001", "2003"), "local", 15),
    Queue("3004", "returns", "Returns", ("2006", "2009", "2011"), "direct", 12),
)
QUEUE_WEIGHTS = (40, 22, 20, 11, 7)

_FIRST = (
    "Anne", "Benoît", "Chloé", "David", "Estelle", "François", "Gisèle", "Hugo", "Irène", "Jérôme", "Karim", "Louise", "Maël", "Nathalie",
    "Omar", "Perrine", "Quentin", "Rosa", "Samuel", "Thérèse", "Ugo", "Valérie", "William", "Xavier", "Yasmine", "Zacharie",
)  # fmt: skip
_LAST = (
    "Abadie", "Bertin", "Chevalier", "Dubreuil", "Estève", "Ferrand", "Guérin", "Hamon", "Imbert", "Joubert", "Klein", "Lacroix", "Müller",
    "Noiret", "Oliveira", "Pélissier", "Quéré", "Rivière", "Sørensen", "Tessier", "Urbain", "Vidal", "Weber", "Yilmaz", "Żak",
)  # fmt: skip
_FICTION = ("063998", "026191", "035301", "046571", "053649")
HIDDEN = Customer("", "Anonymous", "")


def customers(rng: random.Random, count: int = 420) -> list[Customer]:
    """Who calls, and is called. One in four brings no name along."""
    numbers = rng.sample([f"{prefix}{n:04}" for prefix in _FICTION for n in range(10_000)], count)
    return [
        Customer(number, "" if rng.random() < 0.25 else f"{rng.choice(_FIRST)} {rng.choice(_LAST)}", f"{10_000 + rng.randrange(89_999)}")
        for number in numbers
    ]


def directory_rows() -> list[tuple[str, ...]]:
    """`kind,number,name,firstname,lastname,interface,display_name`, with the header."""
    rows: list[tuple[str, ...]] = [("kind", "number", "name", "firstname", "lastname", "interface", "display_name")]
    rows += [("agent", phone.agent, phone.name, phone.firstname, phone.lastname, "", "") for phone in AGENT_PHONES]
    rows += [("queue", queue.number, queue.name, "", "", "", queue.display_name) for queue in QUEUES]
    rows += [("user", phone.number, phone.name, phone.firstname, phone.lastname, phone.interface, "") for phone in PHONES]
    return rows
