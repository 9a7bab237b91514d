"""The jobs of the workplace: mail."""

from uuid import UUID

from portal.kernel.access import SYSTEM
from portal.kernel.jobs import job
from portal.workplace import service as workplace


@job(retries=10, first_wait_s=30)
def send_mail(key: str, person_id: UUID, subject: str, paragraphs: list, link: str, calendar: str = ""):
    """Hand one mail to the mail server."""
    workplace.send_mail(SYSTEM, key, person_id, subject, paragraphs, link, calendar)
