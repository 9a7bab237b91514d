"""Sentences from templates: titles and texts of documents as a municipality has them, each a little different."""

import random
from dataclasses import dataclass

from portal.demo import words

CODE_WEIGHTS = (10, 5, 8, 4, 2, 1, 6, 3, 7, 9)  # of the first ten digits of a personal code


@dataclass(frozen=True)
class Letter:
    """What a document says. kind: a DocumentKind; author or addressee: who wrote it or gets it."""

    kind: str
    title: str
    text: str
    author: str = ""
    addressee: str = ""


@dataclass(frozen=True)
class Name:
    """A person's name in three cases."""

    nominative: str
    genitive: str
    dative: str


class Writer:
    """Writes documents; the same seed writes the same ones."""

    def __init__(self, seed=1):
        self.random = random.Random(seed)  # noqa: S311 - variety, not secrecy

    def person(self):
        """An invented resident."""
        pick = self.random.choice
        family = pick(words.FAMILIES)
        if self.random.random() < 0.5:
            given, family = pick(words.WOMEN), family[:3]
        else:
            given, family = pick(words.MEN), family[3:]
        return Name(*(f"{a} {b}" for a, b in zip(given, family, strict=True)))

    def code(self):
        """A personal code of nobody: of the form without a date of birth, and its check digit is wrong."""
        digits = f"320000{self.random.randrange(10**4):04}"
        weighed = zip(CODE_WEIGHTS, digits, strict=True)
        right = (1 + sum(weight * int(digit) for weight, digit in weighed)) % 11 % 10
        return f"{digits}{(right + 5) % 10}"

    def address(self):
        """A street with a number, in the nominative and in the locative."""
        place = self.random.randrange(len(words.STREETS))
        number = self.random.randint(1, 60)
        return f"{words.STREETS[place]} {number}", f"{words.STREETS_LOCATIVE[place]} {number}"

    def letter(self):
        """One document, of a kind as often as in life."""
        kinds = (self.application, self.answer, self.inquiry, self.decision, self.order, self.contract)
        return self.random.choices(kinds, weights=(30, 25, 15, 12, 12, 6))[0]()

    def application(self):
        """A resident asks for something."""
        who, place = self.person(), self.random.choice(words.PLACES)
        thing, accusative, trouble = self.random.choice(words.THINGS)
        street, in_street = self.address()
        title, wish = self.random.choice((
            (f"Iesniegums par {thing} remontu {place.locative}", f"Lūdzu novērtēt {thing} stāvokli un veikt remontu"),
            (f"Iesniegums par {accusative} {place.locative}, {in_street}", f"Lūdzu sakārtot {accusative}"),
            (f"Iesniegums par nekustamā īpašuma nodokļa atvieglojumu {place.locative}",
             f"Lūdzu piešķirt nodokļa atvieglojumu īpašumam {in_street}"),
            (f"Iesniegums par zemes nomu {place.locative}", f"Vēlos nomāt zemesgabalu {in_street} sakņu dārzam"),
            (f"Iesniegums par vietu bērnudārzā {place.locative}", "Lūdzu piešķirt bērnam vietu pirmsskolas grupā"),
            (f"Iesniegums par būvniecības ieceri {in_street}", "Lūdzu izskatīt dzīvojamās mājas būvniecības ieceri"),
            (f"Iesniegums par pabalstu dzīvokļa apmaksai {place.locative}",
             "Lūdzu piešķirt pabalstu dzīvokļa īres un apkures apmaksai"),
        ))  # fmt: skip
        text = (f"Ozolpils novada pašvaldībai\n\nDzīvoju {place.locative}, {in_street}. Vēršu uzmanību, ka {trouble}. "
                f"{wish}, {self.random.choice(words.REASONS)}. Atbildi lūdzu sūtīt uz oficiālo elektronisko adresi.\n\n"
                f"Iesniedzējs: {who.nominative}, {street}, {place.nominative}")  # fmt: skip
        return Letter("application", title, text, author=who.nominative)

    def answer(self):
        """The municipality answers a resident."""
        who, place = self.person(), self.random.choice(words.PLACES)
        thing, accusative, trouble = self.random.choice(words.THINGS)
        month = self.random.choice(("aprīlī", "maijā", "jūnijā", "jūlijā", "augustā", "septembrī"))
        title = self.random.choice(
            (
                f"Atbilde {who.dative} par {accusative} {place.locative}",
                f"Par {who.genitive} iesnieguma izskatīšanu",
                f"Par {thing} remontu {place.locative}",
            )
        )
        text = (f"{who.dative}\n\nOzolpils novada pašvaldība ir izskatījusi Jūsu iesniegumu par {accusative} "
                f"{place.locative}. Apsekošanā konstatēts, ka {trouble}. Darbi ir iekļauti plānā un tiks veikti "
                f"{month}, {self.random.choice(words.REASONS)}. Par darbu gaitu informēs {place.genitive} "
                "pakalpojumu centrs.")  # fmt: skip
        return Letter("outgoing", title, text, addressee=who.nominative)

    def inquiry(self):
        """A company or an institution writes."""
        company, place = self.random.choice(words.COMPANIES), self.random.choice(words.PLACES)
        thing, accusative, trouble = self.random.choice(words.THINGS)
        title = self.random.choice(
            (
                f"Par {thing} atjaunošanas tāmi {place.locative}",
                f"Par līguma izpildi {place.locative}",
                f"Par saskaņojumu {thing} pārbūvei",
                f"Piedāvājums atjaunot {accusative} {place.locative}",
            )
        )
        text = (f"{company} informē, ka, apsekojot {accusative} {place.locative}, konstatēts: {trouble}. "
                f"Piedāvājam darbus veikt par {self.random.randint(8, 480) * 100} eiro bez PVN, "
                f"{self.random.choice(words.REASONS)}. Lūdzam atbildi sniegt 10 darbdienu laikā.")  # fmt: skip
        return Letter("letter", title, text, author=company)

    def decision(self):
        """A decision of the council."""
        place = self.random.choice(words.PLACES)
        thing, accusative, trouble = self.random.choice(words.THINGS)
        _street, in_street = self.address()
        who = self.person()
        title, rules = self.random.choice(
            (
                (f"Par {thing} remonta finansēšanu {place.locative}", f"Piešķirt līdzekļus {thing} remontam"),
                (
                    f"Par zemesgabala nomu {in_street}",
                    f"Iznomāt {who.dative} zemesgabalu {in_street} uz pieciem gadiem",
                ),
                (f"Par nekustamā īpašuma {in_street} atsavināšanu", f"Atsavināt izsolē īpašumu {in_street}"),
                (
                    f"Par nosaukuma piešķiršanu ielai {place.locative}",
                    f"Piešķirt ielai {place.locative} jaunu nosaukumu",
                ),
                (f"Par detālplānojuma izstrādi {place.locative}", "Uzsākt detālplānojuma izstrādi"),
            )
        )
        text = (f"Ozolpils novada dome nolemj: 1. {rules}, {self.random.choice(words.REASONS)}. "
                f"2. Kontroli par lēmuma izpildi uzdot izpilddirektoram. Pamatojums: {trouble}; to apliecina "
                f"{place.genitive} iedzīvotāju iesniegumi.")  # fmt: skip
        return Letter("decision", title, text)

    def order(self):
        """An internal order or note."""
        place = self.random.choice(words.PLACES)
        thing, accusative, trouble = self.random.choice(words.THINGS)
        title = self.random.choice(
            (
                f"Rīkojums par {thing} apsekošanu {place.locative}",
                f"Par darba grupu {thing} atjaunošanai",
                f"Dienesta ziņojums par {accusative} {place.locative}",
                "Par atvaļinājumu grafiku",
                f"Par inventarizāciju {place.locative}",
            )
        )
        text = (f"Sakarā ar to, ka {trouble}, uzdodu piecu darbdienu laikā apsekot {accusative} {place.locative} un "
                f"sagatavot priekšlikumus, {self.random.choice(words.REASONS)}.")  # fmt: skip
        return Letter("internal", title, text)

    def contract(self):
        """A covering letter to a contract."""
        company, place = self.random.choice(words.COMPANIES), self.random.choice(words.PLACES)
        thing, accusative, _trouble = self.random.choice(words.THINGS)
        text = (f"Nosūtām parakstīšanai līgumu par {thing} atjaunošanu {place.locative}. Līguma summa ir "
                f"{self.random.randint(10, 900) * 100} eiro bez PVN, darbu izpildes termiņš ir "
                f"{self.random.randint(2, 8)} mēneši. Garantija par {accusative} ir pieci gadi.")  # fmt: skip
        return Letter("outgoing", f"Par līguma slēgšanu: {thing} atjaunošana {place.locative}", text, addressee=company)
