"""Who may act in the council: pure questions about an actor and loaded objects, with the reason in the answer."""

from portal.council.models import MatterState, Outcome, SessionState, StatementState
from portal.kernel.access import ALLOWED, refuse
from portal.kernel.i18n import _


def can_prepare(actor):
    """The secretary prepares sessions: agenda, invitations, attendance, minutes."""
    if actor.can("council.prepare"):
        return ALLOWED
    return refuse(_("Sessions are prepared by the council secretary."))


def can_read_pay(actor):
    """What members are paid is seen by who prepares the statements and by who leads the bodies."""
    if actor.can("council.prepare") or actor.can("council.lead"):
        return ALLOWED
    return refuse(_("Statements of attendance are kept by the council secretary."))


def can_approve_statement(actor, statement, council):
    """The chair of the council approves, or the deputy chair."""
    if statement.state != StatementState.SUBMITTED:
        return refuse(_("This statement does not wait for approval."))
    if actor.person_id is None or actor.person_id not in (council.chair_id, council.deputy_chair_id):
        return refuse(_("Statements of attendance are approved by the chair of the council."))
    return ALLOWED


def can_read_interests(actor):
    """The register of interests is read by who prepares or leads sessions; members read their own."""
    if actor.can("council.prepare") or actor.can("council.lead"):
        return ALLOWED
    return refuse(_("Members read their own declarations."))


def can_declare(actor, *, own):
    """A member declares; the secretary enters what came on paper."""
    if actor.can("council.prepare") or (own and actor.can("council.vote")):
        return ALLOWED
    return refuse(_("Interests are declared by the members themselves; the secretary enters what came on paper."))


def takes_part(*, recused):
    """Who has declared an interest takes no part in an individual act at all (LAW-49)."""
    return refuse(_("You take no part in this matter (conflict of interest).")) if recused else ALLOWED


def can_propose(actor):
    """Drafts come from employees who work on cases, from the secretary and from members (LAW-14)."""
    if actor.can("cases.work") or actor.can("council.prepare") or actor.can("council.vote"):
        return ALLOWED
    return refuse(_("A draft decision is submitted by an employee who works on the case, a deputy or the secretary."))


def can_go_to_council(matter, council_matter):
    """A committee that did not support a draft does not stop it: its opinion is advice (LAW-15)."""
    if council_matter is not None:
        return refuse(_("The draft is before the council already."))
    if matter.outcome not in (Outcome.NOT_SUPPORTED, Outcome.NOTED, Outcome.SUPPORTED):
        return refuse(_("The committee has not given its opinion yet."))
    return ALLOWED


def can_amend(actor, *, own, member):
    """A member amends what is before the body; the secretary enters it for a member or for who submitted the draft."""
    if actor.can("council.prepare") or (own and member):
        return ALLOWED
    return refuse(_("Amendments are proposed by the members of this body; the secretary enters them for others."))


def can_withdraw_amendment(actor, amendment):
    """Its author; the secretary for the author."""
    if actor.can("council.prepare") or (actor.person_id and actor.person_id == amendment.author_id):
        return ALLOWED
    return refuse(_("An amendment is withdrawn by its author."))


def presides(actor, session):
    """Whether the actor leads this session: its presiding chair, else the chair or deputy chair of the body."""
    if actor.is_system:
        return True
    if session.chair_id is not None and actor.person_id == session.chair_id:
        return True
    if session.joint:  # led by one of several chairs, whom the session names (LAW-69)
        return False
    return actor.person_id is not None and actor.person_id in (session.body.chair_id, session.body.deputy_chair_id)


def can_lead(actor, session):
    """Opening matters and ballots is the presiding chair's alone (LAW-21)."""
    if presides(actor, session):
        return ALLOWED
    return refuse(_("Only the person who chairs this session may do this."))


def can_run(actor, session):
    """Opening, pausing and closing a session, keeping the attendance: presiding chair or secretary."""
    if presides(actor, session) or actor.can("council.prepare"):
        return ALLOWED
    return refuse(_("Only the person who chairs this session or the council secretary may do this."))


def can_open(actor, session):
    """A session opens once its members were invited."""
    return can_run(actor, session) and _in(session, SessionState.INVITED, no=_("Invite the members first."))


def can_pause(actor, session, ballot):
    """An open session without an open ballot can take a break."""
    return can_run(actor, session) and _in(session, SessionState.OPEN) and _no_ballot(ballot)


def can_resume(actor, session):
    """After the break."""
    return can_run(actor, session) and _in(session, SessionState.PAUSED, no=_("The session is not paused."))


def can_close(actor, session, ballot):
    """A session closes when no ballot is open; before it opened too, when nobody came (LAW-22)."""
    running = _in(session, SessionState.OPEN, SessionState.PAUSED, SessionState.INVITED)
    return can_run(actor, session) and running and _no_ballot(ballot)


def can_register_attendance(session):
    """Members register from the invitation to the closing of a session."""
    return _in(
        session,
        SessionState.INVITED,
        SessionState.OPEN,
        SessionState.PAUSED,
        no=_("Attendance is kept from the invitation to the end of the session."),
    )


def may_check_in(session, *, member, substitute):
    """Only a member registers, in person."""
    if not member:
        return refuse(_("Only the members of this body register as present."))
    if substitute:
        return refuse(_("A deputy takes part in person; a substitute cannot register or vote."))
    return can_register_attendance(session)


def can_open_ballot(actor, session, matter, ballot, quorum):
    """The chair opens a vote on the matter that is open, with a quorum (LAW-21)."""
    if not (verdict := can_lead(actor, session)):
        return verdict
    if not (verdict := _in(session, SessionState.OPEN)):
        return verdict
    if ballot is not None:
        return refuse(_("A vote is open already. Close it first."))
    if matter is None or matter.state != MatterState.OPEN:
        return refuse(_("Open the matter first."))
    return has_quorum(quorum)


def has_quorum(quorum):
    """No vote without a quorum (LAW-21)."""
    return ALLOWED if quorum.reached else refuse(quorum.why)


def can_close_ballot(actor, session, ballot):
    """The chair closes the vote."""
    if ballot is None or not ballot.is_open:
        return refuse(_("No vote is open."))
    return can_lead(actor, session)


def can_enter_vote(actor, ballot):
    """The secretary enters a vote for a member whose tablet does not work; it is traced."""
    if not actor.can("council.prepare"):
        return refuse(_("A vote is entered at the desk by the council secretary only."))
    if ballot is None or not ballot.is_open:
        return refuse(_("No vote is open."))
    return ALLOWED


def may_vote(*, member, present, open_, paused, recused, voted):
    """Whether a member may vote now, each reason in words (LAW-34, 38, 49)."""
    if not member:
        return refuse(_("Only the members of this body vote."))
    if voted:
        return refuse(_("Your vote is stored; a vote is never changed."))
    if not open_:
        return refuse(_("No vote is open."))
    if paused:
        return refuse(_("The session is paused."))
    if recused:
        return refuse(_("You take no part in this vote (conflict of interest)."))
    if not present:
        return refuse(_("You are not registered as present. Register first."))
    return ALLOWED


def may_recuse(*, member, decided, voted):
    """A member declares an interest before voting on the matter (LAW-49)."""
    if not member:
        return refuse(_("Only the members of this body vote."))
    if decided:
        return refuse(_("This matter is decided already."))
    if voted:
        return refuse(_("You have voted on this matter already."))
    return ALLOWED


def _in(session, *states, no=None):
    if session.state in states:
        return ALLOWED
    if session.state == SessionState.CLOSED:
        return refuse(_("The session is closed."))
    if session.state == SessionState.PAUSED:
        return refuse(_("The session is paused. Resume it first."))
    return refuse(no or _("The session is not open."))


def _no_ballot(ballot):
    return ALLOWED if ballot is None else refuse(_("A vote is open. Close it first."))
