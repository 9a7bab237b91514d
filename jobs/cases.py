"""The jobs of cases: messages to PSPP and letters."""

from portal.cases import service as cases
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.errors import ExternalUnavailable
from portal.kernel.jobs import job, periodic

# 1, 2, 4 … minutes, then hourly: with 28 tries the last comes after a day (specification 5.2)
TRIES = 28


@job(retries=TRIES, first_wait_s=60)
def send_status(case_id):
    """Send to PSPP what waits of this case, in order (3.2, 8.1)."""
    cases.send_events(SYSTEM, case_id)


@job(retries=5, first_wait_s=30)
def make_letter(letter_id):
    """Make a letter's PDF, register it and queue its delivery."""
    cases.make_letter(SYSTEM, letter_id)


@periodic(seconds=900)
def send_waiting():
    """Send what still waits although its job has given up or was lost; stops at the first sign that PSPP is down."""
    for case_id in cases.cases_waiting():
        try:
            cases.send_events(SYSTEM, case_id)
        except ExternalUnavailable:
            return


def _shop_interval_s():
    """Five minutes by the agreement (8.4); a few seconds where nobody minds."""
    return 5 if settings().sandbox else 300


@periodic(seconds=_shop_interval_s)
def poll_shop():
    """Take in what waits at the one-stop shops, then tell them what they do not know yet (11.1)."""
    if not settings().vpvkac_url:
        return
    cases.take_applications(SYSTEM)
    for case_id in cases.shop_cases_waiting():
        cases.tell_shop(SYSTEM, case_id)


@job(retries=3, first_wait_s=60)
def take_applications():
    """Take in at once what a person mended (11.1)."""
    cases.take_applications(SYSTEM)


@job(retries=TRIES, first_wait_s=60)
def tell_shop(case_id):
    """Tell the one-stop shop how the case stands that it sent (11.1)."""
    cases.tell_shop(SYSTEM, case_id)
