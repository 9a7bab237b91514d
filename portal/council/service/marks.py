"""Small signs of a matter's readiness, each with its explanation and rule."""

from portal.council.models import MatterState
from portal.council.rules import PROCEDURAL, Subject
from portal.council.shapes import Mark
from portal.kernel.i18n import _


def marks_of(matter, files, session, opinions=()):
    """The marks of one matter. files: how many it has; session: the one it stands in, or None;
    opinions: what committees think of the draft."""
    if matter.subject in PROCEDURAL or (
        not matter.draft_text and matter.case_id is None and matter.state != MatterState.POOL
    ):
        return []  # nothing is prepared for information and for changes of the agenda
    return [
        _draft(matter),
        *_opinion(matter, session, opinions),
        _files(files),
        _reporter(matter),
        *_term(matter, session),
    ]


def _draft(matter):
    if matter.draft_text:
        return Mark("draft", "ok", _("The draft decision is there."))
    return Mark("draft", "warn", _("The draft decision is missing."))


def _opinion(matter, session, opinions):
    if session is not None and session.body.is_committee:
        return []
    if opinions:
        good = all(one.outcome == "supported" for one in opinions)
        said = "; ".join(f"{one.short}: {_words(one)}" for one in opinions)
        return [Mark("opinion", "ok" if good else "warn", said, _("Local Government Law, section 36(2)"))]
    if matter.origin_matter_id:
        return [Mark("opinion", "ok", _("A committee supports the draft."), _("Local Government Law, section 36(2)"))]
    if matter.subject in (Subject.COUNCIL_CHAIR, Subject.EXECUTIVE_DIRECTOR, Subject.COMMITTEE_MEMBERS):
        return []
    kind = "ok" if session is not None and session.extraordinary else "warn"
    text = (
        _("An extraordinary session needs no committee opinion.")
        if kind == "ok"
        else _("No committee has given its opinion.")
    )
    return [Mark("opinion", kind, text, _("Local Government Law, section 36(2)"))]


def _words(opinion):
    word = {"supported": _("supports"), "not_supported": _("does not support")}.get(opinion.outcome, _("took note"))
    counts = " ({}:{}:{})".format(*opinion.counts) if opinion.counts else ""
    return f"{word}{counts}{', ' + _('with proposals') if opinion.text else ''}"


def _files(files):
    if files:
        return Mark("files", "ok", _("Attachments: %(count)s", count=files))
    return Mark("files", "ok", _("There are no attachments."))


def _reporter(matter):
    if matter.rapporteur_id or matter.rapporteur_text:
        return Mark("rapporteur", "ok", _("The rapporteur is named."))
    return Mark("rapporteur", "warn", _("No rapporteur is named."))


def _term(matter, session):
    if session is None:
        return []
    if matter.late:
        return [
            Mark(
                "term",
                "late",
                _("The matter became open to the members after the term."),
                _("Local Government Law, section 28(2)"),
            )
        ]
    return [Mark("term", "ok", _("The matter was open to the members in time."))]
