"""What a document's page says in sentences: verdicts on signatures, and history."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.audit.sentences import as_html
from portal.kernel.i18n import _, _l, date_short
from portal.signing import words as signing_words
from portal.signing.report import Report

_SHAPES = {"valid": "ok", "indeterminate": "warn", "invalid": "late"}
# what happened to this very document; acts not named here are told by the audit log's own sentence
_HISTORY = {
    "document.registered": _l("registered the document"),
    "document.corrected": _l("corrected the registration data"),
    "document.assigned": _l("named the person responsible"),
    "document.done": _l("marked the document as done"),
    "document.annulled": _l("annulled the document"),
    "document.shared": _l("opened the document to others"),
    "document.joined_case": _l("put the document into a case"),
    "document.file_added": _l("added a file"),
    "document.signatures_checked": _l("checked the signatures"),
    "document.file_read": _l("opened a file"),
    "control.began": _l("put the document under control"),
    "control.ended": _l("took the document off control"),
    "resolution.extension_undone": _l("undid the extension of the resolution's term"),
    "document.term_extended": _l("extended the term of the document"),
    "resolution.asked": _l("handed the document over for a resolution"),
    "resolution.written": _l("wrote a resolution"),
    "resolution.reported": _l("reported that the resolution is carried out"),
    "resolution.accepted": _l("accepted that the resolution is carried out"),
    "resolution.returned": _l("returned the resolution to the executor"),
    "resolution.withdrawn": _l("withdrew the resolution"),
    "resolution.given_to": _l("gave the resolution to another executor"),
    "resolution.extension_asked": _l("asked to extend the term of the resolution"),
    "resolution.extension_refused": _l("did not extend the term of the resolution"),
    "resolution.extended": _l("extended the term of the resolution"),
    "resolution.paused": _l("paused the term of the resolution"),
    "resolution.resumed": _l("let the term of the resolution run on"),
    "document.read": _l("read the document"),
    "document.refused": _l("was refused the document"),
}


@dataclass(frozen=True)
class VerdictLine:
    """One line under a file: the verdict's word with its shape, and who signed when, or why not."""

    word: str
    shape: str
    text: str


def signature_lines(file):
    """The verdict on each signature of a file in plain words (LAW-140); none when it was not checked."""
    if not file.signatures:
        return []
    report = Report.from_json(file.signatures)
    lines = []
    for signature in report.signatures:
        word = signing_words.verdict_word(signature.verdict)
        said = signing_words.line(signature).removeprefix(f"{word}: ")  # the word stands before it with its shape
        lines.append(
            VerdictLine(
                word, _SHAPES[signature.verdict], ". ".join([said, *map(signing_words.explain, signature.reasons)])
            )
        )
    lines += [
        VerdictLine(signing_words.verdict_word(reason.effect), _SHAPES[reason.effect], signing_words.explain(reason))
        for reason in report.reasons
    ]
    return lines


@dataclass(frozen=True)
class HistoryLine:
    """One act: when, who, what, and why if a reason was given."""

    at: datetime
    who: str
    text: str
    reason: str


def history_lines(records):
    """Records of the audit log, newest first, as sentences about the document at hand."""
    return [
        HistoryLine(
            row.at,
            "" if row.action not in _HISTORY else row.person_name or _("The system"),
            _told(row),
            row.reason or "",
        )
        for row in reversed(records)
    ]


def _told(row):
    if row.action not in _HISTORY:
        return as_html(row)
    changed = _changes(row)
    return f"{_HISTORY[row.action]}: {changed}" if changed else str(_HISTORY[row.action])


def _changes(row):
    """The values of a record that people want to read."""
    new, old = row.new or {}, row.old or {}
    if row.action in ("document.file_added", "document.signatures_checked"):
        return f"„{new.get('file', '')}”"
    if row.action == "document.registered":
        return new.get("number", "")
    if row.action == "document.assigned":
        return new.get("responsible") or ""
    if row.action == "resolution.asked":
        return new.get("person", "")
    if row.action.startswith("resolution.") or row.action == "document.term_extended":
        return _of_resolution(new)
    if row.action == "document.corrected":
        return "; ".join(f"„{old.get(name) or '–'}” → „{new.get(name) or '–'}”" for name in new)
    return ""


def _of_resolution(new):
    """Text, people and term of a resolution, as far as the record names them."""
    people = new.get("executors") or [new.get("executor")]
    due_on = date_short(date.fromisoformat(new["due_on"])) if new.get("due_on") else ""
    parts = [f"„{new['text']}”" if new.get("text") else "", ", ".join(filter(None, people)),
             _("until %(date)s", date=due_on) if due_on else "", new.get("note", "")]  # fmt: skip
    return "; ".join(filter(None, parts))
