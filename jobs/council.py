"""Jobs of the council: the papers of a session. Each may run twice and takes up where it stopped."""

from uuid import UUID

from portal.council import service as council
from portal.documents import service as documents
from portal.identity import service as identity
from portal.identity.service import preferences
from portal.kernel.access import SYSTEM
from portal.kernel.jobs import job, periodic, queue
from portal.workplace import service as workplace

SESSION_NEWS = "council_session"  # what a person chooses in the own settings

documents.add_book("statement.xlsx", council.statement_sheets)
documents.add_paper("statement.pdf", council.statement_paper)
documents.add_paper("year.pdf", council.year_paper)


@job(retries=8, first_wait_s=10)
def make_decision(matter_id):
    """The signed paper of an adopted matter begins here (13.3); other outcomes make none."""
    council.make_decision(matter_id)


@job(retries=8, first_wait_s=10)
def make_minutes(minutes_id):
    """The paper of finished minutes (13.1, 13.2)."""
    council.make_minutes(minutes_id)


@job(retries=8, first_wait_s=10)
def make_extract(matter_id):
    """The sealed extract of the minutes on one matter."""
    council.make_extract_paper(matter_id)


@job(retries=8, first_wait_s=10)
def make_agenda(session_id):
    """The notice with agenda, time and place."""
    council.make_agenda_paper(session_id)


@job(retries=8, first_wait_s=10)
def refresh_public(session_id):
    """Files that are still to be drawn for the public, and the open data of the session."""
    for publication_id in council.undrawn(session_id):
        council.make_published(publication_id)
    council.refresh_bodies()  # the place of the session and its members, should they be new
    council.refresh_session(session_id)


@job(retries=8, first_wait_s=10)
def refresh_open_data(matter_id, session_id):
    """The same after a decision."""
    if session_id is not None:
        council.refresh_session(session_id)


@job(retries=3, first_wait_s=10)
def make_materials(materials_id):
    """All papers of a session in one file (13.1)."""
    council.make_materials(materials_id)


@job(retries=8, first_wait_s=10)
@job(retries=8, first_wait_s=10)
def make_statement(statement_id):
    """The paper of an approved statement of attendance and pay (13.1)."""
    council.make_statement(statement_id)


@job(retries=3, first_wait_s=30)
def tell_members(session_id: UUID):
    """Mail the invitation to those who are called, each as they chose."""
    for person_id in council.invited_people(session_id):
        _tell(person_id, session_id, False)


@job(retries=3, first_wait_s=60)
def tell_member(person_id: UUID, session_id: UUID, reminder: bool):
    """The same for one, after the quiet hours."""
    _tell(person_id, session_id, reminder)


@periodic(seconds=900)
def remind_of_sessions():
    """A word the day before a session (13.1)."""
    for person_id, session_id in council.take_reminders():
        _tell(person_id, session_id, True)


def _tell(person_id, session_id, reminder):
    if not preferences.wants(person_id, SESSION_NEWS, "mail"):
        return
    if wait_s := preferences.wait_s(person_id, SESSION_NEWS):
        queue(tell_member, delay_s=wait_s, person_id=person_id, session_id=session_id, reminder=reminder)
        return
    person = identity.get_person(SYSTEM, person_id)
    if not person.email or not person.active:
        return
    if mail := council.invitation_mail(session_id, person.language, reminder=reminder):
        workplace.ask_mail(SYSTEM, person_id, *mail)


@periodic(seconds=24 * 3600)
def look_after_public():
    """Once a day: recordings whose five years are over (LAW-58), old materials, and all open data anew."""
    council.remove_due()
    council.forget_materials()
    council.refresh_all()


@periodic(seconds=3600)
def settle_bodies():
    """Seats and offices that begin or end today (13.1)."""
    council.settle()
