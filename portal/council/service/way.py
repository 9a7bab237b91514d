"""Where a draft stands on its way and who acts next; what committees think of it."""

import sqlalchemy as sa
from sqlalchemy.orm import lazyload

from portal.council.models import (
    Ballot,
    BallotKind,
    Body,
    BodyKind,
    Decision,
    Matter,
    MatterState,
    Outcome,
    PaperState,
    Session,
    Stop,
)
from portal.council.shapes import Opinion, Way, WayStep
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.i18n import _, date_short

GOOD = (Outcome.SUPPORTED, Outcome.ADOPTED, Outcome.NOTED)


def opinions_of(proposal_ids):
    """proposal id -> the committees' Opinions in the order they were given, in one query."""
    found = {}
    if not (ids := {one for one in proposal_ids if one}):
        return found
    rows = db.session.execute(
        sa.select(Matter, Body.name, Body.short_name, Ballot)
        .join(Body, Body.id == Matter.body_id)
        .outerjoin(
            Ballot, sa.and_(Ballot.matter_id == Matter.id, Ballot.adopted.is_not(None), Ballot.kind == BallotKind.DRAFT)
        )
        .where(
            Matter.proposal_id.in_(ids),
            Body.kind != BodyKind.COUNCIL,
            Matter.outcome.in_((Outcome.SUPPORTED, Outcome.NOT_SUPPORTED, Outcome.NOTED)),
        )
        .order_by(Matter.decided_at, Matter.id)
    )
    for matter, name, short_name, ballot in rows:
        found.setdefault(matter.proposal_id, []).append(_opinion(matter, name, short_name, ballot))
    return found


def _opinion(matter, name, short_name, ballot):
    return Opinion(
        matter_id=matter.id,
        body_id=matter.body_id,
        body=name,
        short=short_name,
        outcome=str(matter.outcome),
        counts=(ballot.par, ballot.pret, ballot.atturas) if ballot else None,
        text=matter.opinion or "",
        version=matter.text_version,
        decided_at=matter.decided_at,
    )


def stations_of(proposal_id):
    """[(Matter, Body, Session or None)] of a draft in the order of its way, in one query."""
    rows = db.session.execute(
        sa.select(Matter, Body, Session)
        .join(Body, Body.id == Matter.body_id)
        .outerjoin(Session, Session.id == Matter.session_id)
        .where(Matter.proposal_id == proposal_id)
        .options(lazyload(Session.body))  # its inner join would drop matters without a session; the body is read here
        .order_by(Matter.added_at, Matter.id)
    )
    return [tuple(row) for row in rows]


def opinions_from(stations, ballots):
    """The committees' Opinions from what was read already. ballots: of these matters, by round."""
    given = (Outcome.SUPPORTED, Outcome.NOT_SUPPORTED, Outcome.NOTED)
    last = {one.matter_id: one for one in ballots if one.adopted is not None and one.kind == BallotKind.DRAFT}
    found = [
        _opinion(matter, body.name, body.short_name, last.get(matter.id))
        for matter, body, _session in stations
        if body.kind != BodyKind.COUNCIL and matter.outcome in given
    ]
    return sorted(found, key=lambda one: one.decided_at)


def round_about(stations, proposal):
    """The newest round of approvals, or None; it is about the first matter of the draft."""
    if proposal.skipped or not stations:
        return None
    from portal.signing import service as signing  # loads certificate libraries that votes do not need

    return signing.latest_round("matter", stations[0][0].id)


def way_of(matter, proposal, stations, checked, names):
    """The Way of a matter's draft. names: of its author and of who checks it."""
    stops = db.session.execute(
        sa.select(Stop, Body)
        .join(Body, Body.id == Stop.body_id)
        .where(Stop.proposal_id == proposal.id)
        .order_by(Stop.position)
    ).all()
    return _Builder(matter, proposal, stations, stops, checked, names).way()


class _Builder:
    def __init__(self, matter, proposal, rows, stops, checked, names):
        self.matter, self.proposal, self.stops, self.checked, self.names = matter, proposal, stops, checked, names
        self.by_id = {one.id: (one, session) for one, _body, session in rows}
        self.council = next(
            ((one, body, session) for one, body, session in reversed(rows) if body.kind == BodyKind.COUNCIL), None
        )
        self.rows = rows
        self.next = ""

    def way(self):
        steps = [self._prepared(), *self._checks(), *self._opinions(), self._council()]
        decision = None
        if self.council is not None and self.council[0].outcome == Outcome.ADOPTED:
            decision = db.session.scalar(sa.select(Decision).where(Decision.matter_id == self.council[0].id))
            steps.append(self._signed(decision))
        return Way(steps=steps, next=self.next, at_council=self.council is not None, decision=decision)

    def _say(self, words):
        self.next = self.next or words

    def _prepared(self):
        first = self.rows[0][0] if self.rows else self.matter
        author = self.names.get(first.proposed_by_id, "")
        if first.outcome == Outcome.WITHDRAWN:
            self._say(_("Nobody: the draft is withdrawn"))
            return WayStep("prepare", _("Preparation"), "failed", _("Withdrawn"), when=first.decided_at)
        if first.state != MatterState.PREPARING:
            return WayStep("prepare", _("Preparation"), "done", author, when=self.proposal.made_at)
        waits = self.checked is not None and str(self.checked.state) == "open"
        if not waits:
            self._say(_("%(name)s sends the draft on", name=author or _("The author")))
        return WayStep("prepare", _("Preparation"), "done" if waits else "now", author, when=self.proposal.made_at)

    def _checks(self):
        if self.proposal.skipped:
            ground = {
                "extraordinary": _("Skipped: extraordinary session"),
                "special_regular": _("Skipped: session convened by deputies or the minister, or a repeat session"),
                "officials": _("Skipped: election or appointment of officials"),
            }[str(self.proposal.skipped)]
            return [
                WayStep(
                    "checks", _("Checks and opinions"), "skipped", ground, rule=_("Local Government Law, section 36(2)")
                )
            ]
        if self.checked is None:
            return []
        steps = []
        for one in self.checked.approvers:
            name = self.names.get(one.person_id, "")
            if one.answer is None and str(self.checked.state) == "open" and one.asked_at is not None:
                self._say(_("%(name)s checks the draft until %(day)s", name=name, day=date_short(self.checked.due_on)))
                steps.append(WayStep("check", _("Check"), "now", name, due_on=self.checked.due_on))
            elif str(one.answer) == "returned":
                steps.append(
                    WayStep("check", _("Check"), "failed", _("%(name)s: returned", name=name), one.answered_at)
                )
            else:
                steps.append(WayStep("check", _("Check"), "done" if one.answer else "waiting", name, one.answered_at))
        return steps

    def _opinions(self):
        steps = []
        for stop, body in self.stops:
            one, session = self.by_id.get(stop.matter_id, (None, None))
            label = _("Opinion: %(body)s", body=body.short_name)
            rule = _("Local Government Law, section 39(3)") if stop.by_law else ""
            if one is None or one.state == MatterState.PREPARING:
                steps.append(WayStep("opinion", label, "waiting", "", rule=rule))
            else:
                steps.append(self._before_body("opinion", label, one, body, session, rule))
        if not self.stops and not self.proposal.skipped:  # of drafts older than the way
            for one, body, session in self.rows:
                if body.kind != BodyKind.COUNCIL and one.outcome not in (Outcome.POSTPONED, Outcome.WITHDRAWN):
                    label = _("Opinion: %(body)s", body=body.short_name)
                    steps.append(self._before_body("opinion", label, one, body, session, ""))
        return steps

    def _before_body(self, key, label, one, body, session, rule):
        common = dict(matter_id=one.id, rule=rule)
        if one.is_decided:
            detail = {
                Outcome.SUPPORTED: _("Supported"),
                Outcome.NOT_SUPPORTED: _("Not supported"),
                Outcome.ADOPTED: _("Adopted"),
                Outcome.REJECTED: _("Rejected"),
                Outcome.POSTPONED: _("Postponed"),
                Outcome.WITHDRAWN: _("Withdrawn"),
                Outcome.NOTED: _("Noted"),
            }[one.outcome]
            if key == "opinion" and one.opinion:
                detail = _("%(opinion)s, with proposals", opinion=detail)
            return WayStep(key, label, "done" if one.outcome in GOOD else "failed", detail, one.decided_at, **common)
        if one.state == MatterState.POOL:
            self._say(_("The secretary puts it on an agenda: %(body)s", body=body.name))
            return WayStep(key, label, "now", _("Waits for a session"), **common)
        day = date_short(session.planned_at) if session else ""
        if one.state == MatterState.OPEN:
            self._say(_("%(body)s, now in session", body=body.name))
            return WayStep(key, label, "now", _("Being heard"), **common)
        self._say(_("%(body)s, in the session of %(day)s", body=body.name, day=day))
        return WayStep(key, label, "now", _("On the agenda of %(day)s", day=day), **common)

    def _council(self):
        if self.council is None:
            if not self.next:
                self._say(_("The secretary or the author decides: the committee did not support the draft"))
            return WayStep("council", _("Council"), "waiting")
        one, body, session = self.council
        if one.state == MatterState.PREPARING:
            return WayStep("council", _("Council"), "waiting", matter_id=one.id)
        step = self._before_body("council", _("Council"), one, body, session, "")
        if one.outcome == Outcome.REJECTED:
            self._say(_("Nobody: a rejected draft comes back only as a new submission"))
        return step

    def _signed(self, decision):
        if decision is None:
            self._say(_("The decision is being drawn up"))
            return WayStep("sign", _("Signature"), "now", _("Being drawn up"))
        if decision.state == PaperState.SIGNED:
            self._say(_("Nobody: the decision is adopted and signed"))
            return WayStep("sign", _("Signature"), "done", decision.number, decision.signed_at)
        rule = _("Local Government Law, section 37(5)")
        if decision.state == PaperState.REFUSED:
            self._say(_("The council examines the decision again: the chair refused to sign"))
            return WayStep("sign", _("Signature"), "failed", decision.number, rule=rule)
        self._say(_("The presiding chair signs the decision until %(day)s", day=date_short(decision.sign_by_on)))
        late = decision.sign_by_on < clock.today()
        return WayStep(
            "sign", _("Signature"), "late" if late else "now", decision.number, due_on=decision.sign_by_on, rule=rule
        )
