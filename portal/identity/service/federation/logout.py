"""Signing out everywhere: what ends here ends at the provider, and the other way round."""

from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity.models import (
    FederatedSession,
    FederationProvider,
    FederationRequest,
    ProviderKind,
    Purpose,
    RequestState,
    SignInSession,
)
from portal.identity.ports import NotAccepted
from portal.identity.service.federation import journey, sides
from portal.identity.service.sessions import end_session
from portal.kernel.access import NOBODY, SYSTEM
from portal.kernel.db import db


def leave(actor) -> tuple[str, str]:
    """(where to send a browser so that it is signed out at its provider too, the provider's name); both empty when its
    session did not begin at one. Ask before the session ends."""
    found = db.session.get(FederatedSession, actor.session_id) if actor.session_id else None
    provider = db.session.get(FederationProvider, found.provider_id) if found else None
    if provider is None or not (provider.active and provider.sign_out_there and provider.metadata_text):
        return "", ""
    request = FederationRequest(
        provider_id=provider.id, purpose=Purpose.SIGN_OUT, person_id=actor.person_id, address=actor.address
    )
    sent = journey.send(provider, request, lambda sent_id: (_sign_out_url(provider, found, sent_id), {}))
    return sent.url, provider.name


def _sign_out_url(provider, found, sent_id):
    from portal.identity.adapters import oidc_client, saml

    if provider.kind == ProviderKind.SAML:
        return saml.sign_out_url(
            sides.saml(provider), provider.metadata_text, found.private, found.their_session, sent_id, sent_id
        )
    return oidc_client.sign_out_url(sides.oidc(provider), provider.metadata_text, found.private, sent_id)


def left(state, key="", query_string="", address="") -> bool:
    """The browser is back from being signed out there. Returns whether they ended everything.
    Raises Forbidden when a SAML answer is not to be believed or answers nothing of ours."""
    from portal.identity.adapters import saml

    ended = True
    if key:
        provider = journey.offered(key)
        try:
            state, ended = saml.read_logout_answer(sides.saml(provider), provider.metadata_text, query_string)
            if _waiting(state) is None:
                raise NotAccepted("unsolicited", "no such request to sign out")
        except NotAccepted as error:
            raise journey.refused(provider, error, address) from error
    request = _waiting(state)
    if request is not None:
        request.state = RequestState.DONE
        db.session.flush()
        theirs = db.session.get(FederationProvider, request.provider_id)
        audit.record(
            replace(NOBODY, address=address), "federation.signed_out", theirs, result="ok" if ended else "failed"
        )
    return ended and request is not None


def _waiting(state):
    return db.session.scalar(
        sa.select(FederationRequest).where(
            FederationRequest.sent_id == (state or ""),
            FederationRequest.purpose == Purpose.SIGN_OUT,
            FederationRequest.state == RequestState.SENT,
        )
    )


def end_for_saml(key, query_string, relay_state, address) -> str:
    """A provider ends the sessions of somebody who signed out there. Returns where to send the browser back."""
    from portal.identity.adapters import saml

    provider = journey.offered(key)
    try:
        call = saml.read_logout_request(sides.saml(provider), provider.metadata_text, query_string)
        journey.use_once(provider, call.id, call.until)
    except NotAccepted as error:
        raise journey.refused(provider, error, address) from error
    _end(provider, call.subject, call.their_sessions)
    return saml.sign_out_answer_url(sides.saml(provider), provider.metadata_text, call.id, relay_state)


def end_for_oidc(key, token, address):
    """The same through the back channel. Raises Forbidden."""
    from portal.identity.adapters import oidc_client

    provider = journey.offered(key)
    try:
        call = oidc_client.read_logout_token(sides.oidc(provider), provider.metadata_text, token)
        journey.use_once(provider, call.id, datetime.fromtimestamp(call.until_s, UTC))
    except NotAccepted as error:
        raise journey.refused(provider, error, address) from error
    _end(provider, call.subject, (call.their_session,) if call.their_session else ())


def _end(provider, subject, their_sessions):
    """End our sessions that began in theirs: those named, or all of the subject's."""
    query = (
        sa.select(FederatedSession.session_id)
        .join(SignInSession, SignInSession.id == FederatedSession.session_id)
        .where(FederatedSession.provider_id == provider.id, SignInSession.ended_at.is_(None))
    )
    if subject:
        query = query.where(FederatedSession.subject_hash == journey.subject_hash(subject))
    if their_sessions:
        query = query.where(FederatedSession.their_session.in_(their_sessions))
    ended = list(db.session.scalars(query))
    for session_id in ended:
        end_session(SYSTEM, session_id)
    audit.record(SYSTEM, "federation.ended_from_outside", provider, new={"sessions": len(ended)})


__all__ = ["end_for_oidc", "end_for_saml", "leave", "left"]
