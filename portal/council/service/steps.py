"""The secretary's next formal step, with its lawful deadline."""

import sqlalchemy as sa

from portal.council import policy, rules
from portal.council.models import Minutes, PaperState, SessionState
from portal.council.models.sessions import local_day
from portal.council.service import attendance, open_drafts
from portal.council.service.reading import agenda_of, open_ballot_of
from portal.council.shapes import Step
from portal.kernel import clock
from portal.kernel.access import ALLOWED, refuse
from portal.kernel.db import db
from portal.kernel.i18n import _


def next_steps(actor, session):
    """The steps that lie ahead of a session now, the first one first."""
    ballot, quorum = open_ballot_of(session.id), attendance.quorum(session)
    minutes = db.session.scalar(sa.select(Minutes).where(Minutes.session_id == session.id))
    can = {
        "prepare": policy.can_prepare(actor),
        "open": policy.can_open(actor, session),
        "close": policy.can_close(actor, session, ballot),
        "resume": policy.can_resume(actor, session),
    }
    return of(session, agenda_of(session.id), ballot, minutes, quorum, can)


def of(session, agenda, ballot, minutes, quorum, can):
    """The same from facts already read."""
    make = {
        SessionState.PLANNED: _before,
        SessionState.INVITED: _invited,
        SessionState.OPEN: _running,
        SessionState.PAUSED: _paused,
        SessionState.CLOSED: _after,
    }[session.state]
    return make(session, agenda, ballot, minutes, quorum, can)


def _step(session, key, label, endpoint, *, verdict=ALLOWED, due_on=None, rule="", method="POST", **params):
    return Step(
        key=key,
        label=label,
        endpoint=endpoint,
        params=params or {"session_id": session.id},
        method=method,
        due_on=due_on,
        rule=rule,
        ready=bool(verdict),
        why_not=getattr(verdict, "reason", ""),
    )


def _before(session, agenda, ballot, minutes, quorum, can):
    verdict = can["prepare"]
    if verdict and not agenda:
        verdict = refuse(_("The agenda is empty. Place at least one matter first."))
    day = local_day(session)
    if session.is_council_extraordinary:
        due_on, rule = (
            clock.local(rules.materials_by(session.planned_at)).date(),
            _("Local Government Law, section 29(3)"),
        )
    elif session.requested_at:
        term = rules.committee_convened_by(session.requested_at)
        due_on, rule = clock.local(term).date(), _("Local Government Law, section 42(2)")
    elif session.body.is_committee:
        due_on, rule = day, _("Local Government Law, section 41(2)")
    else:
        due_on, rule = rules.notice_by(day), _("Local Government Law, section 28(2)–(4)")
    return [
        _step(session, "invite", _("Invite the members"), "council.invite", verdict=verdict, due_on=due_on, rule=rule)
    ]


def _invited(session, agenda, ballot, minutes, quorum, can):
    drafts = [_drafts(session, can)] if can["prepare"] and open_drafts.waiting(session, agenda) else []
    today = clock.today() >= local_day(session)
    opening = [
        _step(
            session,
            "open",
            _("Open the session"),
            "council.open_session",
            verdict=can["open"],
            due_on=local_day(session),
            rule=quorum.rule,
        ),
        *([] if quorum.reached else [_close(session, agenda, can, _("Close for lack of a quorum"))]),
    ]
    return [*opening, *drafts] if today else [*drafts, *opening]


def _drafts(session, can):
    return _step(
        session,
        "drafts",
        _("Publish the drafts"),
        "council.open_drafts",
        method="GET",
        verdict=can["prepare"],
        due_on=rules.notice_by(local_day(session)),
        rule=_("Local Government Law, section 28(4)"),
    )


def _running(session, agenda, ballot, minutes, quorum, can):
    desk = _step(session, "desk", _("Lead the session"), "council.desk", method="GET")
    return [desk, _close(session, agenda, can, _("Close the session"))]


def _paused(session, agenda, ballot, minutes, quorum, can):
    return [
        _step(session, "resume", _("Resume the session"), "council.resume_session", verdict=can["resume"]),
        _close(session, agenda, can, _("Close the session")),
    ]


def _close(session, agenda, can, label):
    verdict = can["close"]
    if verdict and (left := sum(1 for matter in agenda if not matter.is_decided)):
        return _step(
            session,
            "close",
            label,
            "council.close_session",
            verdict=verdict,
            rule=_("Matters not decided: %(count)s; they will be postponed", count=left),
        )
    return _step(session, "close", label, "council.close_session", verdict=verdict)


def _after(session, agenda, ballot, minutes, quorum, can):
    due_on = rules.sign_by(clock.local(session.closed_at).date())
    rule = (
        _("Local Government Law, section 41(7)")
        if session.body.is_committee
        else _("Local Government Law, section 38(4)")
    )
    steps = []
    if minutes is None:
        steps.append(
            _step(
                session,
                "draft",
                _("Draw up the minutes"),
                "council.draft_minutes",
                verdict=can["prepare"],
                due_on=due_on,
                rule=rule,
            )
        )
    elif minutes.state == PaperState.DRAFT:
        steps.append(
            _step(
                session,
                "finalise",
                _("Check and finish the minutes"),
                "council.minutes",
                method="GET",
                verdict=can["prepare"],
                due_on=minutes.sign_by_on,
                rule=rule,
                minutes_id=minutes.id,
            )
        )
    elif minutes.state in (PaperState.FINAL, PaperState.SIGNING):
        steps.append(
            _step(
                session,
                "sign",
                _("Chair and minute-taker sign the minutes"),
                "council.minutes",
                method="GET",
                due_on=minutes.sign_by_on,
                rule=rule,
                minutes_id=minutes.id,
            )
        )
    else:
        steps.append(
            _step(
                session,
                "publish",
                _("Publish the minutes on the website"),
                "council.minutes",
                method="GET",
                due_on=minutes.publish_by_on,
                minutes_id=minutes.id,
                rule=_("Local Government Law, sections 38(6), 41(8)"),
            )
        )
    return [*_repeat(session, can), *steps]


def _repeat(session, can):
    if not session.without_quorum or session.body.is_committee:
        return []
    earliest, latest = rules.repeat_window(local_day(session), extraordinary=session.extraordinary)
    return [
        _step(
            session,
            "repeat",
            _("Convene the repeat session"),
            "council.new_session",
            method="GET",
            verdict=can["prepare"],
            due_on=latest,
            rule=_("Local Government Law, section 32(1)"),
            repeat_of=session.id,
        )
    ]
