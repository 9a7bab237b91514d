"""The accounts that `make run` prints: one for each way of using the system."""

from dataclasses import dataclass

PASSWORD = "ozolpils"  # noqa: S105 - a demonstration, said on every screen

PIN = "1234"  # of everybody's signing certificate in the sandbox


@dataclass(frozen=True)
class Account:
    """One of the cast. unit: the index of its unit, or None for those who only sit in the council."""

    username: str
    given_name: str
    family_name: str
    position: str
    unit: str | None
    roles: tuple[str, ...]

    @property
    def name(self):
        return f"{self.given_name} {self.family_name}"


ACCOUNTS = (
    Account("anna", "Anna", "Liepiņa", "lietvede", "1-1", ("employee", "clerk")),
    Account("bruno", "Bruno", "Kalniņš", "Attīstības nodaļas vadītājs", "2", ("employee", "head")),
    Account("liga", "Līga", "Ozola", "galvenā speciāliste", "2", ("employee",)),
    Account("sarma", "Sarma", "Eglīte", "domes sekretāre", "1", ("employee", "secretary")),
    Account("janis", "Jānis", "Vītols", "domes priekšsēdētājs", None, ("chair", "member")),
    Account("dace", "Dace", "Bērziņa", "domes deputāte", None, ("member",)),
    Account("edgars", "Edgars", "Zariņš", "IT administrators", "8", ("employee", "it")),
    Account("pauls", "Pauls", "Siliņš", "komunālās nodaļas speciālists", "9", ("employee",)),
    Account("oskars", "Oskars", "Krūmiņš", "iekšējais auditors", "1", ("employee", "auditor")),
)
