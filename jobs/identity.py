"""The jobs of identity: what follows when people and sign-ins change, and what must be done in good time."""

from uuid import UUID

from portal.identity import service as identity
from portal.identity.service import keys, sign_out, tokens
from portal.kernel.access import SYSTEM
from portal.kernel.jobs import job, periodic


@job(retries=8, first_wait_s=10)
def tell_sign_out(client_id: UUID, session_id: UUID, person_id: UUID):
    """Tell an application that a sign-in ended (1.3)."""
    sign_out.tell(client_id, session_id, person_id)


@job(retries=0)
def try_sign_out_notice(client_id: UUID):
    """Send a trial notice, for IT staff to see whether the application takes it."""
    sign_out.try_notice(client_id)


@periodic(3600)
def forget_old_tokens():
    """Remove codes, tokens and used assertions that can never be of use again."""
    tokens.forget_old()


@periodic(6 * 3600)
def renew_signing_key():
    """Make the next signing key in good time."""
    keys.renew(SYSTEM)


@periodic(300)
def settle_dates():
    """Put into effect what begins or has ended in the register of users since yesterday (1.1)."""
    identity.settle(SYSTEM)
