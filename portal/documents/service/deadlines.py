"""Terms that the law gives to kinds of documents. Pure."""

from datetime import date

from portal.documents.models import DocumentKind
from portal.kernel import clock

ANSWER_BUSINESS_DAYS = 10  # LAW-104, Iesniegumu likums 5(3)
ANSWER_COMPLEX_MONTHS = 1  # LAW-104, when information must be got from others
DECISION_LONGEST_MONTHS = 4  # LAW-107, APL 64(2): from receipt, for objective reasons, the applicant is told
SHORT_TERM_SINCE = date(2026, 3, 1)  # applications received earlier keep the former term of one month


def term_of(kind, received_on):
    """(due date, rule) of a document, (None, "") when the law gives none.
    received_on: the date of legal receipt in Riga; the day itself is not counted (LAW-111)."""
    if kind != DocumentKind.APPLICATION:
        return None, ""
    if received_on < SHORT_TERM_SINCE:
        return clock.add_months(received_on, ANSWER_COMPLEX_MONTHS), "LAW-104-old"
    return clock.add_working_days(received_on, ANSWER_BUSINESS_DAYS), "LAW-104"
