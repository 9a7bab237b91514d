"""The jobs of identity: what follows when people and sign-ins change, and what must be done in good time."""

from datetime import datetime
from uuid import UUID

from portal.identity import service as identity
from portal.identity.service import federation, keys, leaving, preferences, tokens
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.jobs import job, periodic, queue
from portal.workplace import service as workplace


@job(retries=8, first_wait_s=10)
def tell_sign_out(client_id: UUID, session_id: UUID, person_id: UUID):
    """Tell an application that a sign-in ended (1.3)."""
    leaving.tell(client_id, session_id, person_id)


@job(retries=0)
def try_sign_out_notice(client_id: UUID):
    """Send a trial notice, for IT staff to see whether the application takes it."""
    leaving.try_notice(client_id)


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


@job(retries=3, first_wait_s=1)
def exchange_code(request_id: UUID):
    """Give an outside provider's code for tokens, while somebody waits to be signed in (1.4)."""
    federation.exchange_code(request_id)


@job(retries=5, first_wait_s=10)
def refresh_provider(provider_id: UUID):
    """Fetch what a provider says of itself, after its settings changed."""
    federation.refresh(provider_id)


@periodic(lambda: 15 if settings().sandbox else 3600)
def refresh_providers():
    """Fetch the metadata and keys of all providers (1.4)."""
    federation.refresh_all()


@periodic(3600)
def forget_old_journeys():
    """Remove sign-ins through providers that are over."""
    federation.forget_old()


@job(retries=3, first_wait_s=60)
def tell_account_news(person_id: UUID, event: str, at: datetime, detail: str):
    """Tell a person what happened to their account, unless they want no such news; after their quiet hours (2.2)."""
    if not preferences.wants(person_id, event, "mail"):
        return
    if wait_s := preferences.wait_s(person_id, event):
        queue(tell_account_news, delay_s=wait_s, person_id=person_id, event=event, at=at, detail=detail)
        return
    workplace.tell_account_news(person_id, event, at, detail)


@job(retries=2, first_wait_s=30)
def go_on_importing(import_id: UUID, person_id: UUID):
    """The next part of a long import, or of taking it back; then the one after it (1.1)."""
    actor = identity.actor_for(person_id)
    state = identity.get_import(actor, import_id).state
    if state in ("applying", "undoing"):
        go_on = identity.apply_import if state == "applying" else identity.undo_import
        if not go_on(actor, import_id):
            queue(go_on_importing, import_id=import_id, person_id=person_id)
