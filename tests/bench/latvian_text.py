"""Latvian-like municipal texts in any number, from a seed: for measures, not for reading."""

import random
from datetime import date, timedelta

_HEADS = (
    "Lēmums", "Iesniegums", "Rīkojums", "Atzinums", "Līgums", "Protokols", "Vēstule", "Paziņojums", "Atļauja",
    "Ziņojums",
)  # fmt: skip
_THINGS = (
    "ielas remontu", "zemesgabala nodalīšanu", "nekustamā īpašuma nodokli", "bērnudārza rindu", "koku ciršanu",
    "būvatļaujas izsniegšanu", "ielu tirdzniecību", "pabalsta piešķiršanu", "tilta pārbūvi", "ūdensvada izbūvi",
    "skolēnu pārvadājumus", "saistošo noteikumu apstiprināšanu", "budžeta grozījumiem", "detālplānojuma apstiprināšanu",
)  # fmt: skip
_SUBJECTS = (
    "Pašvaldība", "Dome", "Komiteja", "Iesniedzējs", "Būvvalde", "Izpilddirektors", "Komisija", "Iedzīvotājs",
    "Sociālais dienests", "Kapitālsabiedrība", "Nodaļas vadītājs", "Deputāts",
)  # fmt: skip
_VERBS = (
    "nolemj", "lūdz", "apstiprina", "izskata", "iesniedza", "ierosina", "noteica", "piešķir", "atteica", "saņēma",
    "sagatavoja", "pārbaudīja", "uzdod", "konstatē", "vērtēja",
)  # fmt: skip
_OBJECTS = (
    "dokumentu", "pieteikumu", "zemes ierīcības projektu", "iesniegumus", "nomas līgumu", "tāmi", "grozījumus",
    "atskaiti par darbiem", "ceļa seguma atjaunošanu", "telpu nomu", "transporta pakalpojumus", "pārskatu",
    "maksas apmēru", "projekta finansējumu", "ēkas energoauditu",
)  # fmt: skip
_ENDS = (
    "līdz gada beigām", "saskaņā ar likumu", "mēneša laikā", "pēc atzinuma saņemšanas", "bez maksas",
    "ņemot vērā komitejas atzinumu", "atklātā balsojumā", "Ozolpils novadā", "trīs darba dienu laikā",
    "no pašvaldības budžeta līdzekļiem", "par saskaņotu cenu",
)  # fmt: skip
_SYLLABLES = (
    "ba", "be", "dar", "dū", "ga", "gri", "ķe", "kal", "lau", "lie", "ma", "mež", "nor", "ozo", "pa", "pūr", "rau",
    "sal", "sē", "strau", "tal", "ter", "up", "vec", "vī", "zal", "zie",
)  # fmt: skip
_ENDINGS = ("s", "a", "u", "am", "ā", "ai", "as", "iem", "os", "ām")


def documents(number: int, seed: int = 1):
    """(title, number, text, day, kind, unit index, group index) of as many documents, 50 to 300 words each.

    Names follow a long tail, as in life: the first are in very many texts, most of some thousands in very few.
    """
    chance = random.Random(seed)
    names = ["".join(chance.choice(_SYLLABLES) for _part in range(chance.randint(2, 4))) for _name in range(20_000)]
    for place in range(number):
        day = date(2016, 1, 1) + timedelta(days=chance.randrange(3_900))
        title = f"{chance.choice(_HEADS)} par {chance.choice(_THINGS)}"
        text = " ".join(_sentence(chance, names) for _line in range(chance.randint(6, 34)))
        kind = "case" if chance.random() < 0.3 else "document"
        yield title, f"2.4/{day.year % 100}-{place}", text, day, kind, chance.randrange(12), chance.randrange(50)


def _sentence(chance, names):
    name = names[min(int(chance.paretovariate(0.6)) - 1, len(names) - 1)]
    return (
        f"{chance.choice(_SUBJECTS)} {chance.choice(_VERBS)} {chance.choice(_OBJECTS)} {chance.choice(_ENDS)}, "
        f"{name.title()}{chance.choice(_ENDINGS)}."
    )
