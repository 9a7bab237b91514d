"""The facts the workplace announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class MailAsked:
    """A mail should go to a person. key: names the mail for good; calendar: an iCalendar text that comes with it."""

    key: str
    person_id: UUID
    subject: str
    paragraphs: list
    link: str
    calendar: str = ""
