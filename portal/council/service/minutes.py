"""Minutes that write themselves: drafted from what the system recorded, completed by a person, then final.

`Minutes.body` holds the 13 fields of LAW-53 (a committee's minutes, LAW-65, are a part of them):

    place_time   {body, kind, number, year, place, planned_at, open, closed_ground}            field 1
    times        {opened_at, closed_at, closed_reason}                                         field 2
    agenda       [{n, title}]                                                                  field 3
    officers     {chair: {name, office}, minute_taker: {name, office}}                         field 4
    attended     [{id, name, stays: [[from, to|null]], remote: reason|null}]                   field 5
    absent       [{id, name, reason|null}]                                                     fields 5, 6
    others       [{name, office}] who had the floor and are not members (LAW-65)               field 7
    course       [{at, text}]: breaks, closed parts, changes of the chair                      field 8
    matters      [{n, title, case_number, rapporteur, outcome, draft_text, discussion, opened_at, decided_at, decision,
                   speakers [{name, office, kind, from, to}] (7), proposals [{name, text, kind}] (8),
                   amendments [{id, n, name, old, new, reason, state}] (8; `about_id` of its ballot is the id),
                   ballots [{round, kind, question, about_id, valid, adopted, par, pret, atturas, line, why, law,
                             present, quorum_needed, names {par, pret, atturas}, not_voted, recused [{name, reason}],
                             way, tour, repeat_reason, options [{name, votes, elected, voters}]}] (9, 10),
                   motives [{name, text}] (11), opinions [{name, text}] (12)}]
    other        text                                                                          field 13
    refusals     [{name, office, reason, at}], there once somebody refused to sign              field 13

Times are ISO in UTC. Only `other`, the discussions and the reasons of absence are typed by people; facts are not."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.events import MinutesFinalised
from portal.council.models import (
    Absence,
    Attendance,
    Ballot,
    Choice,
    ClosedPart,
    Decision,
    Minutes,
    MinutesVersion,
    PaperState,
    Presiding,
    Recusal,
    Remark,
    RemarkKind,
    Session,
    Speaker,
    Vote,
)
from portal.council.service import amendments, approving, bodies, course, results
from portal.council.service.reading import agenda_of, get_session, locked_session
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM, visible_to
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _, in_language
from portal.kernel.live import publish
from portal.workflow import service as workflow


def draft_minutes(actor, session_id):
    """Write the minutes from the recorded facts, or bring a draft up to date; what people typed stays.

    Raises Forbidden, Conflict when the session was never opened or the minutes are final."""
    session = locked_session(actor, session_id)
    ensure(policy.can_prepare(actor))
    if session.opened_at is None and not session.is_closed:
        raise Conflict(_("The session has not begun yet, so there is nothing to put into minutes."))
    minutes = db.session.scalar(sa.select(Minutes).where(Minutes.session_id == session.id))
    if minutes is not None and minutes.state != PaperState.DRAFT:
        raise Conflict(_("The minutes are final already."))
    with in_language("lv"):
        body = written(session)
    sign_by_on = rules.sign_by(clock.local(session.closed_at or clock.now()).date())
    if minutes is None:
        minutes = Minutes(
            session_id=session.id, number=f"{session.number}/{session.year}", body=body, sign_by_on=sign_by_on
        )
        db.session.add(minutes)
    else:
        _replace(actor, minutes, _with_typed(body, minutes.body))
        minutes.sign_by_on = sign_by_on
    db.session.flush()
    audit.record(actor, "council.minutes_drafted", minutes, label=str(session))
    publish(f"session:{session.id}", "minutes")
    return minutes


def get_minutes(actor, minutes_id):
    """The minutes. Raises NotFound, also when the session may not be seen."""
    minutes = db.session.scalar(
        sa.select(Minutes)
        .join(Session, Session.id == Minutes.session_id)
        .where(Minutes.id == minutes_id, visible_to(actor, Session))
    )
    if minutes is None:
        raise NotFound(_("There are no such minutes"))
    return minutes


def update_minutes(actor, minutes_id, fields, version=None):
    """Complete a draft. fields: {"other": text, "discussion": {n: text}, "absence": {person id: reason}}.

    Raises Conflict when the minutes are final or somebody changed them meanwhile, Invalid for an unknown field."""
    minutes = get_minutes(actor, minutes_id)
    ensure(policy.can_prepare(actor))
    if minutes.state != PaperState.DRAFT:
        raise Conflict(_("The minutes are final already."))
    if version is not None and version != minutes.version:
        raise Conflict(_("Somebody else changed this meanwhile; open it again"))
    if unknown := set(fields) - {"other", "discussion", "absence"}:
        raise Invalid(_("These are recorded facts and are not edited: %(names)s", names=", ".join(sorted(unknown))))
    discussion = {str(n): text for n, text in (fields.get("discussion") or {}).items()}
    absence = {str(who): reason for who, reason in (fields.get("absence") or {}).items()}
    body = dict(minutes.body)
    body["other"] = fields.get("other", body["other"])
    body["matters"] = [
        {**one, "discussion": discussion.get(str(one["n"]), one["discussion"])} for one in body["matters"]
    ]
    body["absent"] = [{**one, "reason": absence.get(one["id"], one["reason"]) or None} for one in body["absent"]]
    _replace(actor, minutes, body)
    db.session.flush()
    audit.record(actor, "council.minutes_edited", minutes, new={k: str(v)[:500] for k, v in fields.items()})
    publish(f"session:{minutes.session_id}", "minutes")
    return minutes


def finalise(actor, minutes_id):
    """The text is final: the paper is made and goes to chair and minute-taker for signing (LAW-54)."""
    minutes = get_minutes(actor, minutes_id)
    ensure(policy.can_prepare(actor))
    session = get_session(actor, minutes.session_id)
    if minutes.state != PaperState.DRAFT:
        raise Conflict(_("The minutes are final already."))
    if not session.is_closed:
        raise Conflict(_("Close the session before its minutes become final."))
    session.minute_taker_id = session.minute_taker_id or actor.person_id
    with in_language("lv"):
        _replace(actor, minutes, _with_typed(written(session), minutes.body))
    minutes.state = PaperState.FINAL
    db.session.flush()
    audit.record(actor, "council.minutes_finalised", minutes, label=str(session))
    workflow.complete_for(actor, "council_session", session.id, "council.minutes")
    approving.put_up_soon(actor, session)
    announce(actor, MinutesFinalised(minutes_id=minutes.id))
    publish(f"session:{session.id}", "minutes")
    return minutes


def _replace(actor, minutes, body):
    """The new body; the one before stays as a version."""
    if body == minutes.body:
        return
    last = sa.select(sa.func.max(MinutesVersion.number)).where(MinutesVersion.minutes_id == minutes.id)
    db.session.add(
        MinutesVersion(
            minutes_id=minutes.id,
            number=(db.session.scalar(last) or 0) + 1,
            body=minutes.body,
            by_id=actor.person_id,
            saved_at=clock.now(),
        )
    )
    minutes.body = body


def minutes_versions(actor, minutes_id):
    """What the minutes were before each change, the first one first: MinutesVersion with who changed it then."""
    minutes = get_minutes(actor, minutes_id)
    found = sa.select(MinutesVersion).where(MinutesVersion.minutes_id == minutes.id)
    return list(db.session.scalars(found.order_by(MinutesVersion.number)))


def _with_typed(fresh, old):
    """Fresh facts with the words that people had typed, and with who refused to sign before."""
    said = {one["n"]: one["discussion"] for one in old["matters"]}
    reasons = {one["id"]: one["reason"] for one in old["absent"]}
    fresh["other"] = old["other"]
    if "refusals" in old:
        fresh["refusals"] = old["refusals"]
    fresh["matters"] = [{**one, "discussion": said.get(one["n"], "")} for one in fresh["matters"]]
    fresh["absent"] = [{**one, "reason": reasons.get(one["id"]) or one["reason"]} for one in fresh["absent"]]
    return fresh


# ── Writing from facts ────────────────────────────────────────────────────────────────────────────────────────────


def written(session):
    """The body of the minutes from recorded facts, in a fixed number of queries."""
    agenda = agenda_of(session.id)
    facts = _Facts(session, agenda)
    present = {stay.member_id for stay in facts.stays}
    return {
        "place_time": {
            "body": session.body.name,
            "kind": str(session.kind),
            "number": session.number,
            "year": session.year,
            "place": session.place,
            "planned_at": session.planned_at.isoformat(),
            "open": session.open_to_public,
            "closed_ground": session.closed_ground,
            "remote": session.remote,
        },
        "times": {
            "opened_at": _iso(session.opened_at),
            "closed_at": _iso(session.closed_at),
            "closed_reason": session.closed_reason,
        },
        "agenda": [{"n": matter.n, "title": matter.title} for matter in agenda],
        "officers": {"chair": facts.officer(session.chair_id), "minute_taker": facts.officer(session.minute_taker_id)},
        "attended": [
            {
                "id": str(who.id),
                "name": who.name,
                "stays": [
                    [_iso(stay.arrived_at), _iso(stay.left_at)] for stay in facts.stays if stay.member_id == who.id
                ],
                "remote": next(
                    (s.remote_reason for s in facts.stays if s.member_id == who.id and s.remote_reason), None
                ),
            }
            for who in facts.members
            if who.id in present
        ],
        "absent": [
            {"id": str(who.id), "name": who.name, "reason": facts.absences.get(who.id)}
            for who in facts.members
            if who.id not in present
        ],
        "others": facts.others(),
        "course": facts.course(),
        "matters": [facts.matter(matter) for matter in agenda],
        "other": "",
    }


class _Facts:
    """Everything recorded about a session, read once."""

    def __init__(self, session, agenda):
        ids = [matter.id for matter in agenda]

        def of(model, order):
            return list(db.session.scalars(sa.select(model).where(model.matter_id.in_(ids)).order_by(order)))

        self.session = session
        self.stays = list(
            db.session.scalars(
                sa.select(Attendance).where(Attendance.session_id == session.id).order_by(Attendance.arrived_at)
            )
        )
        self.remote = {stay.member_id: stay.remote_reason for stay in self.stays if stay.remote_reason}
        self.absences = dict(
            db.session.execute(
                sa.select(Absence.member_id, Absence.reason).where(Absence.session_id == session.id)
            ).all()
        )
        self.ballots = [one for one in of(Ballot, Ballot.round) if not one.is_open]
        self.votes = list(
            db.session.scalars(sa.select(Vote).where(Vote.ballot_id.in_([ballot.id for ballot in self.ballots])))
        )
        self.recusals = [one for one in of(Recusal, Recusal.declared_at) if one.withdrawn_at is None]
        self.amendments = amendments.for_minutes(ids)
        self.speakers, self.remarks = of(Speaker, Speaker.position), of(Remark, Remark.said_at)
        self.decisions = {one.matter_id: one.number for one in of(Decision, Decision.seq)}
        self.presiding, self.closed_parts = (
            list(db.session.scalars(sa.select(model).where(model.session_id == session.id).order_by(order)))
            for model, order in ((Presiding, Presiding.since), (ClosedPart, ClosedPart.began_at))
        )
        self.members = bodies.members_in(session)
        self.names = {who.id: who.name for who in self.members}
        missing = {stay.member_id for stay in self.stays} | {matter.rapporteur_id for matter in agenda}
        missing |= {one.person_id for one in self.presiding}
        self.names |= identity.names_of(missing - set(self.names) - {None})

    def officer(self, person_id):
        """Name and office of the chair or the minute-taker (field 4)."""
        if person_id is None:
            return None
        person = identity.get_person(SYSTEM, person_id)
        return {"name": person.name, "office": person.position}

    def others(self):
        """Who had the floor and is not a member of the body."""
        members = {who.id for who in self.members}
        said = {one.name: one.office for one in self.speakers if one.spoke_at and one.person_id not in members}
        return [{"name": name, "office": office} for name, office in said.items()]

    def course(self):
        """What the chair ordered about the session itself, in the order of times (field 8)."""
        found = [
            (one.began_at, _("Break until %(end)s", end=_hour(one.ended_at)), one.reason)
            for one in course.breaks_of(self.session.id)
        ]
        found += [
            (one.began_at, _("Closed part until %(end)s", end=_hour(one.ended_at)), _ground(one.ground))
            for one in self.closed_parts
        ]
        found += [
            (one.since, _("%(name)s takes the chair", name=self.names.get(one.person_id, "")), one.reason)
            for one in self.presiding
        ]
        return [
            {"at": _iso(at), "text": f"{text}: {why}" if why else text}
            for at, text, why in sorted(found, key=lambda one: one[0])
        ]

    def matter(self, matter):
        """One matter of fields 7 to 12."""
        remarks = [one for one in self.remarks if one.matter_id == matter.id]

        def said(*kinds):
            return [{"name": one.name, "text": one.text, "kind": str(one.kind)} for one in remarks if one.kind in kinds]

        return {
            "n": matter.n,
            "title": matter.title,
            "case_number": matter.case_number,
            "outcome": str(matter.outcome) if matter.outcome else None,
            "draft_text": matter.draft_text,
            "rapporteur": matter.rapporteur_text or self.names.get(matter.rapporteur_id),
            "discussion": "",
            "opened_at": _iso(matter.opened_at),
            "decided_at": _iso(matter.decided_at),
            "decision": self.decisions.get(matter.id),
            "speakers": [
                {
                    "name": one.name,
                    "office": one.office,
                    "kind": str(one.kind),
                    "from": _iso(one.spoke_at),
                    "to": _iso(one.ended_at),
                }
                for one in self.speakers
                if one.matter_id == matter.id and one.spoke_at
            ],
            "proposals": said(RemarkKind.PROPOSAL, RemarkKind.ORDER),
            "motives": said(RemarkKind.MOTIVE),
            "opinions": said(RemarkKind.OPINION),
            "amendments": self.amendments.get(matter.id, []),
            "ballots": [self.ballot(ballot, matter) for ballot in self.ballots if ballot.matter_id == matter.id],
        }

    def ballot(self, ballot, matter):
        """One closed ballot with the votes by name (fields 9, 10)."""
        one = results.build(ballot, self.session.body, matter, self.votes, self.stays, self.recusals, self.names)
        reasons = {r.member_id: r.reason for r in self.recusals if r.matter_id == matter.id}
        return {
            "round": one.round,
            "kind": str(ballot.kind),
            "question": ballot.question,
            "about_id": str(ballot.about_id) if ballot.about_id else None,
            "valid": one.valid,
            "adopted": one.adopted,
            "par": one.par,
            "pret": one.pret,
            "atturas": one.atturas,
            "line": one.line,
            "why": one.why,
            "law": one.law,
            "present": one.present,
            "quorum_needed": one.quorum_needed,
            "closed_at": _iso(one.closed_at),
            "names": {str(choice): [who.name for who in one.names.get(choice, [])] for choice in Choice},
            "not_voted": [who.name for who in one.not_voted],
            "recused": [{"name": who.name, "reason": reasons.get(who.id, "")} for who in one.recused],
            "way": one.way,
            "tour": one.tour,
            "repeat_reason": one.repeat_reason,
            "options": [
                {
                    "name": option.name,
                    "votes": option.votes,
                    "elected": option.elected,
                    "voters": [who.name for who in option.voters],
                }
                for option in one.options
            ],
        }


def _iso(when):
    return when.isoformat() if when else None


def _hour(when):
    return f"{clock.local(when):%H:%M}" if when else "–"


def _ground(ground):
    """Why the public was not admitted, in words (LAW-17)."""
    words = {
        rules.ClosedGround.PRIVATE_LIFE: _("private life"),
        rules.ClosedGround.CHILDREN: _("interests of children"),
        rules.ClosedGround.ADOPTION: _("secret of adoption"),
        rules.ClosedGround.TRADE_SECRET: _("trade secret"),
    }
    return words.get(ground, _("other information that a law forbids to disclose"))
