"""Jobs of the council: the papers of a session. Each may run twice and takes up where it stopped."""

from portal.council import service as council
from portal.kernel.jobs import job


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
