"""Signing out begun by an application, and telling applications that somebody signed out (OpenID Connect RP-Initiated
Logout 1.0, Back-Channel Logout 1.0)."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from portal.audit import service as audit
from portal.identity.events import NoticeTrialAsked
from portal.identity.models import OAuthClient
from portal.identity.service import clients, keys
from portal.kernel import clock, http
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.db import db, new_id, released
from portal.kernel.errors import ExternalRefused, ExternalUnavailable, Forbidden, Invalid
from portal.kernel.events import announce
from portal.kernel.i18n import _

NOTICE_LIFE = timedelta(minutes=2)
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True)
class Leaving:
    """A wish to sign out: by which application, of which sign-in (both only when proven), and where to go then."""

    client: OAuthClient | None
    session_id: str | None
    return_to: str | None


def look_at(hint="", client_id="", return_to="", state="") -> Leaving:
    """Understand a sign-out that an application begins. hint: the id_token that it holds; may have expired.
    Raises Forbidden for a hint that is not ours, and for an address that is not registered."""
    claims = keys.read(hint) if hint else {}
    known_as = claims.get("aud") or client_id
    if client_id and known_as != client_id:
        raise Forbidden(_("The token belongs to another application"))
    client = clients.active_client(str(known_as)) if known_as else None
    if return_to:
        if client is None or return_to not in client.post_logout_uris:
            raise Forbidden(_("The address to return to is not registered"))
        if state:
            return_to += ("&" if urlsplit(return_to).query else "?") + urlencode({"state": state})
    return Leaving(client, claims.get("sid"), return_to or None)


def tell(client_id, session_id, person_id):
    """Tell one application that a sign-in ended; again while it does not answer. Done when it took the notice."""
    client = db.session.get(OAuthClient, client_id)
    if client is None or not client.active or not client.logout_uri:
        return
    problem = _send(client, str(person_id), str(session_id))
    if problem is not None:
        raise problem
    audit.record(SYSTEM, "sign_on.sign_out_told", client)


def ask_trial(actor, client_id):
    """Queue a trial notice; what came of it stands with the application a moment later."""
    client = clients.get_client(actor, client_id)
    if not client.logout_uri:
        raise Invalid(_("The application takes no sign-out notices"))
    audit.record(actor, "client.notice_tried", client)
    announce(actor, NoticeTrialAsked(client_id=client.id))


def try_notice(client_id):
    """Send a trial notice about a sign-in that never was. Not tried again: the row says what happened."""
    client = db.session.get(OAuthClient, client_id)
    if client is not None and client.logout_uri:
        _send(client, f"trial-{new_id()}", f"trial-{new_id()}")


def _send(client, subject, session_id):
    """Post the notice. Returns None, or the error to raise; either way the application's row says what happened."""
    now = clock.real_now()
    notice = keys.sign(
        {
            "iss": settings().base_url,
            "sub": subject,
            "aud": client.client_id,
            "iat": int(now.timestamp()),
            "exp": int((now + NOTICE_LIFE).timestamp()),
            "jti": str(new_id()),
            "sid": session_id,
            "events": {EVENT: {}},
        },
        "logout+jwt",
    )
    address, key, problem = client.logout_uri, client.id, None
    with released():
        try:
            answer = http.request(
                "POST", address, data={"logout_token": notice}, timeout=(5, 10), hosts=(urlsplit(address).netloc,)
            )
            if answer.status_code not in (200, 204):
                problem = ExternalRefused(
                    _("The application answered the sign-out notice with %(status)s", status=answer.status_code)
                )
        except ExternalUnavailable as error:
            problem = error
    client = db.session.get(OAuthClient, key, populate_existing=True)
    client.logout_told_at, client.logout_problem = clock.now(), problem.message if problem else None
    if problem is not None:
        db.session.commit()  # the job fails and is undone; what IT staff should see is kept
    return problem
