"""Amendments to a draft: proposed by members, voted on one by one before the draft, put into its text."""

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council import policy, rules
from portal.council.models import (
    Amendment,
    AmendmentState,
    BallotKind,
    MatterState,
    Proposal,
    Session,
    Submitter,
    VersionCause,
)
from portal.council.service import bodies, matters, versions
from portal.council.service.reading import get_matter, locked_matter, open_ballot_of
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.i18n import _, in_language
from portal.kernel.live import publish

LONGEST = 20000


def propose_amendment(
    actor,
    matter_id,
    *,
    old_text="",
    new_text="",
    reason="",
    author_id=None,
    author_name="",
    of_submitter=False,
    key=None,
):
    """A member's change to a draft before its body: old words → new words, or new words alone.

    The secretary enters one for a member (author_id) or for another author by name. of_submitter: the minister's own
    proposal (LAW-48). key: of this sending of the form; sent again, it gives what is stored.
    Returns the Amendment, numbered in order of submission. Raises Forbidden, Conflict, Invalid."""
    matter = locked_matter(actor, matter_id)
    session = db.session.get(Session, matter.session_id) if matter.session_id else None
    own = author_id is None and not (author_name or "").strip()
    author_id = actor.person_id if own else author_id
    member = bodies.sits_in(session, author_id) if session else bodies.is_member(matter.body_id, author_id)
    ensure(policy.can_amend(actor, own=own, member=member))
    if author_id is not None and rules.interest_blocks(matter.act_kind):
        ensure(policy.takes_part(recused=matters.recusal_of(matter.id, author_id) is not None))
    if key and (sent := db.session.scalar(sa.select(Amendment).filter_by(author_id=author_id, key=key))):
        return sent
    _ensure_open(matter)
    old_text, new_text = (old_text or "").strip()[:LONGEST], (new_text or "").strip()[:LONGEST]
    if not (old_text or new_text):
        raise Invalid(_("Say what is changed: the old words, the new words or both"), field="new_text")
    if old_text and old_text not in matter.draft_text:
        raise Invalid(_("The draft does not have these words; copy them from its text"), field="old_text")
    if old_text == new_text:
        raise Invalid(_("The new words are the old ones"), field="new_text")
    if not of_submitter and db.session.get_one(Proposal, matter.proposal_id).submitter == Submitter.MINISTER:
        raise Invalid(matters.ministers_draft(), field="new_text")
    last = db.session.scalar(sa.select(sa.func.max(Amendment.n)).where(Amendment.matter_id == matter.id)) or 0
    amendment = Amendment(
        matter_id=matter.id,
        n=last + 1,
        author_id=author_id,
        author_name=(author_name or "").strip()[:160] or bodies.named([author_id])[0].name,
        old_text=old_text,
        new_text=new_text,
        reason=(reason or "").strip()[:5000],
        of_submitter=of_submitter,
        proposed_at=clock.now(),
        entered_by_id=None if own else actor.person_id,
        key=key or None,
    )
    db.session.add(amendment)
    db.session.flush()
    audit.record(actor, "council.amendment_proposed", matter, new=_facts(amendment))
    _tell(matter)
    return amendment


def _facts(amendment):
    return {"n": amendment.n, "author": amendment.author_name, "old": amendment.old_text, "new": amendment.new_text}


def _ensure_open(matter):
    if matter.proposal_id is None or not matter.draft_text:
        raise Conflict(_("This matter has no draft decision."))
    if matter.is_decided:
        raise Conflict(_("This matter is decided already."))
    if matter.state == MatterState.PREPARING:
        raise Conflict(_("The draft is still being prepared; its author sends it on first."))


def amendments_of(actor, matter_id):
    """The amendments to a matter's draft, in the order of submission. Raises NotFound."""
    return of_matters([get_matter(actor, matter_id).id])


def of_matters(ids):
    """The same of several matters that the caller has shown to the actor already."""
    ids = list(ids)
    return list(
        db.session.scalars(sa.select(Amendment).where(Amendment.matter_id.in_(ids)).order_by(Amendment.n))
        if ids
        else ()
    )


def withdraw_amendment(actor, amendment_id):
    """Its author, or the secretary for the author, takes an amendment back before the vote on it."""
    amendment, matter = _locked(actor, amendment_id)
    ensure(policy.can_withdraw_amendment(actor, amendment))
    _ensure_proposed(amendment)
    ballot = open_ballot_of(matter.session_id) if matter.session_id else None
    if ballot is not None and ballot.about_id == amendment.id:
        raise Conflict(_("A vote is open. Close it first."))
    amendment.state, amendment.decided_at = AmendmentState.WITHDRAWN, clock.now()
    db.session.flush()
    audit.record(actor, "council.amendment_withdrawn", matter, new=_facts(amendment))
    _tell(matter)
    return amendment


def put_to_vote(actor, amendment_id, **how):
    """The chair opens the vote on an amendment; they come in the order of submission, before the draft.
    how: as of `open_ballot`. Returns the Ballot. Raises Forbidden, Conflict."""
    from portal.council.service import ballots  # which asks here whether all amendments are settled

    amendment, matter = _locked(actor, amendment_id)
    _ensure_proposed(amendment)
    waiting = [one for one in of_matters([matter.id]) if one.state is AmendmentState.PROPOSED]
    if waiting[0].id != amendment.id:
        raise Conflict(_("Amendments are voted on in the order of submission; next is No. %(n)s.", n=waiting[0].n))
    with in_language("lv"):
        question = _("Amendment No. %(n)s of %(name)s", n=amendment.n, name=amendment.author_name)
    return ballots.open_ballot(
        actor, matter.id, kind=BallotKind.AMENDMENT, about_id=amendment.id, question=question, **how
    )


def amendment_decided(actor, kind, about_id, adopted):
    """The vote on an amendment has a result (BallotDecided). An accepted one goes into the text by itself where its
    place is there exactly once; else the secretary puts it in before the vote on the draft."""
    if kind != BallotKind.AMENDMENT or about_id is None:
        return
    amendment, matter = _locked(SYSTEM, about_id)
    amendment.state = AmendmentState.ACCEPTED if adopted else AmendmentState.REJECTED
    amendment.decided_at = clock.now()
    db.session.flush()
    if adopted and (text := rules.merge(matter.draft_text, amendment.old_text, amendment.new_text)) is not None:
        _keep(actor, matter, text, VersionCause.AMENDED, [amendment])
    _tell(matter)


def merge_by_hand(actor, matter_id, text):
    """The secretary's text with all accepted amendments in it, where they could not be put in by themselves."""
    matter = locked_matter(actor, matter_id)
    ensure(policy.can_prepare(actor))
    left = unmerged([matter.id])
    if not left:
        raise Conflict(_("All accepted amendments are in the text already."))
    if matter.is_decided:
        raise Conflict(_("This matter is decided already."))
    text = (text or "").strip()
    if not text:
        raise Invalid(_("The matter needs a draft decision"), field="text")
    _keep(actor, matter, text, VersionCause.MERGED, left)
    _tell(matter)
    return matter


def _keep(actor, matter, text, cause, amendments):
    version = versions.save_version(actor, matter, text, cause, amendments[-1].id)
    for one in amendments:
        one.merged_version = version.number
    db.session.flush()
    audit.record(
        actor,
        "council.amendment_merged",
        matter,
        new={"version": version.number, "amendments": [one.n for one in amendments]},
    )


def unmerged(ids):
    """Accepted amendments that no version of the text has."""
    return [one for one in of_matters(ids) if one.state is AmendmentState.ACCEPTED and one.merged_version is None]


def ensure_settled(ids):
    """The draft is voted on after its amendments, and with the accepted ones in its text. Raises Conflict."""
    for one in of_matters(ids):
        if one.state is AmendmentState.PROPOSED:
            raise Conflict(_("Amendment No. %(n)s is voted on before the draft.", n=one.n))
        if one.state is AmendmentState.ACCEPTED and one.merged_version is None:
            raise Conflict(
                _("Amendment No. %(n)s is accepted; the secretary puts it into the text before the vote.", n=one.n)
            )


def _ensure_proposed(amendment):
    if amendment.state is not AmendmentState.PROPOSED:
        raise Conflict(_("This amendment is decided or withdrawn already."))


def _locked(actor, amendment_id):
    matter_id = db.session.scalar(sa.select(Amendment.matter_id).where(Amendment.id == amendment_id))
    if matter_id is None:
        raise NotFound(_("There is no such amendment"))
    matter = locked_matter(actor, matter_id)
    return db.session.get_one(Amendment, amendment_id, populate_existing=True), matter


def _tell(matter):
    if matter.session_id:
        publish(f"session:{matter.session_id}", "amendment")


def for_minutes(ids):
    """matter id -> its amendments as the minutes keep them (LAW-53, field 8), ballots found by `id`."""
    found = {}
    for one in of_matters(ids):
        found.setdefault(one.matter_id, []).append(
            {
                "id": str(one.id),
                "n": one.n,
                "name": one.author_name,
                "old": one.old_text,
                "new": one.new_text,
                "reason": one.reason,
                "state": str(one.state),
            }
        )
    return found
