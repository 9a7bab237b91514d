"""Approval rounds (saskaņošana): asking about one version of a text, answering, and what became of the remarks.

Every answer is bound to the SHA-256 of the version that was asked about, to a person and a time (LAW-85; 12.4).
"""

from sqlalchemy import func, select

from portal.audit import service as audit
from portal.kernel import clock
from portal.kernel.access import keys_of, set_of, visible_to
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.live import publish
from portal.signing import policy
from portal.signing.events import ApprovalAnswered, ApprovalAsked, ApprovalEnded, ApprovalFinished
from portal.signing.models import Answer, ApprovalRemark, ApprovalRound, Approver, RemarkOutcome, RoundState

TERM_WORKING_DAYS = 3


def ask_approval(
    actor,
    *,
    about_kind,
    about_id,
    title,
    file,
    approvers=(),
    in_order=False,
    due_days=TERM_WORKING_DAYS,
    due_on=None,
    access_keys=(),
    again=None,
):
    """Ask people to approve one version of a text. Returns the ApprovalRound.

    file: (name, mime, sha256) of a blob in storage. approvers: person ids in order; none: those of the round before.
    due_days: working days from today, unless due_on names the day. access_keys: who else may see the round.
    again: person ids whose answer the new version concerns; the other approvals stay in force. None: everybody's.
    An open round about the same thing is replaced. Raises Invalid("approvers"), Conflict for the same version again.
    """
    name, mime, sha256 = file[:3]
    before = latest_round(about_kind, about_id)
    if before is not None and before.state is RoundState.OPEN and before.sha256 == sha256:
        raise Conflict(_("This version is being approved already"))
    people = list(dict.fromkeys(approvers or [one.person_id for one in (before.approvers if before else ())]))
    if not people:
        raise Invalid(_("Choose who has to approve"), field="approvers")
    if due_on is None:
        due_on = clock.add_working_days(clock.today(), due_days)
    if before is not None and before.state in (RoundState.OPEN, RoundState.APPROVED):
        _end(actor, before, RoundState.REPLACED, _("There is a new version"))
    keys = [f"person:{person_id}" for person_id in (*people, actor.person_id, actor.on_behalf_of_id) if person_id]
    if before is not None:
        keys += [key.name for key in keys_of(before.access_set_id)]
    found = ApprovalRound(
        about_kind=about_kind,
        about_id=about_id,
        number=before.number + 1 if before else 1,
        title=title[:500],
        file_name=name[:300],
        mime=mime,
        sha256=sha256,
        in_order=in_order,
        due_on=due_on,
        asked_by_id=actor.on_behalf_of_id or actor.person_id,
        asked_at=clock.now(),
        previous_id=before.id if before else None,
        access_set_id=set_of(*keys, *access_keys),
        approvers=[Approver(person_id=person_id, order=order) for order, person_id in enumerate(people)],
    )
    if before is not None and again is not None:
        _keep_answers(before, found, set(again))
    db.session.add(found)
    db.session.flush()
    audit.record(
        actor,
        "approval.asked",
        found,
        new={"sha256": sha256, "round": found.number, "approvers": [str(one) for one in people]},
    )
    _go_on(actor, found)
    return found


def version_added(actor, about_kind, about_id, file, again=None):
    """A thing has a new version: those who approve or have approved the one before are asked about it.
    A returned one waits until its author asks again. Returns the new ApprovalRound or None."""
    before = latest_round(about_kind, about_id)
    if before is None or before.state not in (RoundState.OPEN, RoundState.APPROVED) or before.sha256 == file[2]:
        return None
    return ask_approval(
        actor,
        about_kind=about_kind,
        about_id=about_id,
        title=before.title,
        file=file,
        in_order=before.in_order,
        again=again,
    )


def _keep_answers(before, found, again):
    kept = {one.person_id: one for one in before.approvers if one.answer in (Answer.APPROVED, Answer.WITH_REMARKS)}
    for one in found.approvers:
        old = kept.get(one.person_id)
        if old is not None and one.person_id not in again:
            one.answer, one.answered_at, one.answered_by_id = old.answer, old.answered_at, old.answered_by_id
            one.asked_at, one.comment, one.kept_from_id = old.asked_at, old.comment, old.id


def answer_approval(actor, round_id, answer, comment="", remarks=()):
    """Approve, approve with remarks, or return. remarks: [(quoted passage or "", text)].

    A return ends the round; otherwise the next is asked, or the round ends when all have approved.
    Raises Forbidden when it is not the actor's turn or a newer version is asked about, Invalid("remarks") when remarks
    are promised and none is given.
    """
    found = _locked_round(actor, round_id)
    approver = found.approver_of(actor.on_behalf_of_id or actor.person_id)
    ensure(policy.can_approve(actor, found, approver))
    answer = Answer(answer)
    written = [(quote.strip(), text.strip()) for quote, text in remarks if text.strip() or quote.strip()]
    if any(not text for _quote, text in written):
        raise Invalid(_("Say what you remark about the quoted passage"), field="remarks")
    if answer is not Answer.APPROVED and not written and not comment.strip():
        raise Invalid(_("Say what should be changed"), field="remarks")
    if answer is Answer.APPROVED and written:
        answer = Answer.WITH_REMARKS
    approver.answer, approver.comment = answer, comment.strip()
    approver.answered_at, approver.answered_by_id = clock.now(), actor.person_id
    approver.remarks.extend(ApprovalRemark(quote=quote, text=text) for quote, text in written)
    db.session.flush()
    new = {"sha256": found.sha256, "round": found.number, "person": str(approver.person_id), "remarks": len(written)}
    approved = "approval.approved" if answer is Answer.APPROVED else "approval.with_remarks"
    action = "approval.returned" if answer is Answer.RETURNED else approved
    audit.record(actor, action, found, new=new)
    announce(actor, ApprovalAnswered(found.id, found.about_kind, found.about_id, approver.person_id, answer.value))
    if answer is Answer.RETURNED:
        _end(actor, found, RoundState.RETURNED, _("Another approver returned this"))
    else:
        _go_on(actor, found)
    return found


def decide_remark(actor, round_id, remark_id, taken, reason=""):
    """The author says what became of a remark: taken, or not taken because of `reason`. May be corrected later."""
    found = get_round(actor, round_id)
    ensure(policy.can_decide_remarks(actor, found))
    remark = next((one for who in found.approvers for one in who.remarks if one.id == remark_id), None)
    if remark is None:
        raise NotFound(_("There is no such remark"))
    if not taken and not reason.strip():
        raise Invalid(_("Say why the remark is not taken"), field="reason")
    remark.outcome = RemarkOutcome.TAKEN if taken else RemarkOutcome.NOT_TAKEN
    remark.outcome_reason = reason.strip()
    remark.decided_by_id, remark.decided_at = actor.person_id, clock.now()
    db.session.flush()
    audit.record(actor, "approval.remark_decided", found, new={"outcome": remark.outcome.value})
    return remark


def withdraw_approval(actor, round_id):
    """The author takes the question back; nobody has to answer any more."""
    found = _locked_round(actor, round_id)
    ensure(policy.can_withdraw(actor, found))
    _end(actor, found, RoundState.CANCELLED, _("The author took it back"))
    audit.record(actor, "approval.withdrawn", found)
    return found


def get_round(actor, round_id) -> ApprovalRound:
    """A round that the actor may see. Raises NotFound."""
    return _one_round(select(ApprovalRound).where(ApprovalRound.id == round_id, visible_to(actor, ApprovalRound)))


def _locked_round(actor, round_id) -> ApprovalRound:
    """The round, locked until the transaction ends: of two who answer at once the second sees the first's answer."""
    query = select(ApprovalRound).where(ApprovalRound.id == round_id, visible_to(actor, ApprovalRound))
    return _one_round(query.with_for_update(of=ApprovalRound).execution_options(populate_existing=True))


def _one_round(query) -> ApprovalRound:
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(_("There is no such approval"))
    return found


def get_approval_file(actor, round_id) -> ApprovalRound:
    """The round whose version is to be read: file_name, mime, sha256. The reading is audited."""
    found = get_round(actor, round_id)
    audit.record_reading(actor, "approval.file_read", found)
    return found


def rounds_about(actor, about_kind, about_id) -> list[ApprovalRound]:
    """The rounds about one thing that the actor may see, newest first."""
    return list(
        db.session.scalars(
            select(ApprovalRound)
            .where(
                ApprovalRound.about_kind == about_kind,
                ApprovalRound.about_id == about_id,
                visible_to(actor, ApprovalRound),
            )
            .order_by(ApprovalRound.number.desc())
        )
    )


def latest_round(about_kind, about_id) -> ApprovalRound | None:
    """The newest round about a thing that the caller has already shown to the actor."""
    newest = select(func.max(ApprovalRound.number)).where(
        ApprovalRound.about_kind == about_kind, ApprovalRound.about_id == about_id
    )
    return db.session.scalar(
        select(ApprovalRound).where(
            ApprovalRound.about_kind == about_kind,
            ApprovalRound.about_id == about_id,
            ApprovalRound.number == newest.scalar_subquery(),
        )
    )


def is_approved(about_kind, about_id, sha256) -> bool:
    """Is exactly this version approved by all who were asked?"""
    found = latest_round(about_kind, about_id)
    return found is not None and found.state is RoundState.APPROVED and found.sha256 == sha256


def _go_on(actor, found):
    """Ask those whose turn it is; end the round when nobody is left."""
    waiting = [one for one in found.approvers if one.answer is None]
    if not waiting:
        _end(actor, found, RoundState.APPROVED, "")
        return
    for one in waiting[:1] if found.in_order else waiting:
        if one.asked_at is None:
            one.asked_at = clock.now()
            db.session.flush()
            announce(
                actor,
                ApprovalAsked(found.id, found.about_kind, found.about_id, found.title, one.person_id, found.due_on),
            )


def _end(actor, found, state, why):
    found.state, found.finished_at = state, clock.now()
    db.session.flush()
    announce(actor, ApprovalEnded(found.id, why))
    if state in (RoundState.APPROVED, RoundState.RETURNED):
        announce(actor, ApprovalFinished(found.id, found.about_kind, found.about_id, found.sha256, state.value))
    if found.asked_by_id:
        publish(f"person:{found.asked_by_id}", "approval")
