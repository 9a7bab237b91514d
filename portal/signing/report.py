"""What a check of signatures found, in a form that can be stored and shown in any language.

A report holds codes, not sentences: `words.py` turns them into Latvian when somebody looks. The verdict of a signature
is never set by hand: it is the worst effect among its reasons (ETSI EN 319 102-1 has the same three outcomes).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """Derīgs, nevar noteikt, nederīgs (LAW-140)."""

    VALID = "valid"
    INDETERMINATE = "indeterminate"
    INVALID = "invalid"


_ORDER = [Verdict.VALID, Verdict.INDETERMINATE, Verdict.INVALID]


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    return max(verdicts, key=_ORDER.index, default=Verdict.VALID)


# code -> effect on the verdict. The parameters of each code are those its sentence in words.py names.
EFFECTS = {
    # the bytes are not what was signed
    "file_changed": Verdict.INVALID,
    "file_missing": Verdict.INVALID,
    "file_damaged": Verdict.INVALID,
    "file_not_covered": Verdict.INVALID,
    "part_not_covered": Verdict.INVALID,
    "properties_changed": Verdict.INVALID,
    "properties_not_signed": Verdict.INVALID,
    "signature_wrong": Verdict.INVALID,
    "wrapped": Verdict.INVALID,
    "malformed": Verdict.INVALID,
    "pdf_changed": Verdict.INVALID,
    "pdf_changed_later": Verdict.INVALID,
    # the certificate
    "certificate_mismatch": Verdict.INVALID,
    "certificate_out_of_time": Verdict.INVALID,
    "certificate_revoked": Verdict.INVALID,
    "certificate_not_bound": Verdict.INDETERMINATE,
    "issuer_not_trusted": Verdict.INDETERMINATE,
    "service_not_granted": Verdict.INDETERMINATE,
    "revocation_unknown": Verdict.INDETERMINATE,
    "not_for_signing": Verdict.INDETERMINATE,
    "not_qualified": Verdict.INDETERMINATE,
    # the time
    "timestamp_wrong": Verdict.INVALID,
    "timestamp_missing": Verdict.INDETERMINATE,
    "timestamp_not_trusted": Verdict.INDETERMINATE,
    # what we cannot or should not judge by
    "algorithm_weak": Verdict.INDETERMINATE,
    "algorithm_unknown": Verdict.INDETERMINATE,
    "file_not_beside": Verdict.INDETERMINATE,
    "signature_nested": Verdict.INDETERMINATE,
    # the file as a whole
    "not_signed": Verdict.INDETERMINATE,
    "not_a_container": Verdict.INVALID,
    "not_a_pdf": Verdict.INVALID,
    "xml_too_large": Verdict.INDETERMINATE,
    "pdf_encrypted": Verdict.INDETERMINATE,
    "container_too_large": Verdict.INVALID,
    "container_bomb": Verdict.INVALID,
    "container_too_many": Verdict.INVALID,
    "container_unsafe_name": Verdict.INVALID,
    "container_double_name": Verdict.INVALID,
    "container_encrypted": Verdict.INVALID,
    "manifest_differs": Verdict.VALID,
    "mimetype_differs": Verdict.VALID,
}

# these say that the signed bytes themselves are not intact
_INTEGRITY = {code for code in list(EFFECTS)[: list(EFFECTS).index("certificate_mismatch")]}


class Refused(Exception):
    """The check cannot go on; `reason` says why."""

    def __init__(self, code: str, **params: str):
        super().__init__(code)
        self.reason = Reason(code, params)


@dataclass(frozen=True)
class Reason:
    code: str
    params: dict[str, str] = field(default_factory=dict)

    @property
    def effect(self) -> Verdict:
        return EFFECTS[self.code]


@dataclass(frozen=True)
class FileResult:
    """One data file. covered: every signature of the container covers it."""

    name: str
    size_bytes: int
    covered: bool


@dataclass(frozen=True)
class SignatureResult:
    """One signature.

    signer: name as the certificate has it. identifier: serialNumber (PNOLV-…) or organizationIdentifier (NTRLV-…).
    kind: "personal" or "seal". level: B, T, LT, LTA, TM (BDOC time mark). time: the time that counts, which is that of
    the time stamp, else claimed_time, which is only what the signer says.
    revocation: "good", "revoked" or "unknown" (no answer of the issuer lies beside the signature).
    """

    signer: str
    identifier: str = ""
    issuer: str = ""
    kind: str = "personal"
    level: str = "B"
    time: datetime | None = None
    claimed_time: datetime | None = None
    time_stamped: bool = False
    qualified: bool = False
    revocation: str = "unknown"
    place: str = ""
    reasons: tuple[Reason, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return worst(reason.effect for reason in self.reasons)

    @property
    def intact(self) -> bool:
        """The signed bytes are what was signed, whatever we think of the certificate."""
        return not any(reason.code in _INTEGRITY for reason in self.reasons)


@dataclass(frozen=True)
class Report:
    """The whole check. reasons: what concerns the file and not one signature."""

    name: str
    signatures: tuple[SignatureResult, ...] = ()
    files: tuple[FileResult, ...] = ()
    reasons: tuple[Reason, ...] = ()

    @property
    def verdict(self) -> Verdict:
        found = [signature.verdict for signature in self.signatures]
        return worst([*found, *(reason.effect for reason in self.reasons)])

    def to_json(self) -> dict:
        """Plain dict for storing; `from_json` reads it back."""
        return {
            "name": self.name,
            "verdict": self.verdict.value,
            "reasons": [_reason_json(reason) for reason in self.reasons],
            "files": [vars(file) for file in self.files],
            "signatures": [
                {
                    **vars(signature),
                    "time": signature.time and signature.time.isoformat(),
                    "claimed_time": signature.claimed_time and signature.claimed_time.isoformat(),
                    "reasons": [_reason_json(reason) for reason in signature.reasons],
                    "verdict": signature.verdict.value,
                }
                for signature in self.signatures
            ],
        }

    @classmethod
    def from_json(cls, data: dict) -> "Report":
        return cls(
            name=data["name"],
            reasons=_reasons(data["reasons"]),
            files=tuple(FileResult(**file) for file in data["files"]),
            signatures=tuple(
                SignatureResult(
                    **{
                        **{key: value for key, value in signature.items() if key != "verdict"},
                        "time": _time(signature["time"]),
                        "claimed_time": _time(signature["claimed_time"]),
                        "reasons": _reasons(signature["reasons"]),
                    }
                )
                for signature in data["signatures"]
            ),
        )


def _reason_json(reason: Reason) -> dict:
    return {"code": reason.code, "params": dict(reason.params)}


def _reasons(data: list[dict]) -> tuple[Reason, ...]:
    return tuple(Reason(item["code"], item["params"]) for item in data)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
