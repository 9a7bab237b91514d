"""A browser goes to a provider, comes back, and is somebody. What comes back is believed once, for the request that
asked, in the browser that asked."""

import hashlib
import json
import secrets
import unicodedata
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import events
from portal.identity.models import (
    FederatedSession,
    FederationLink,
    FederationProvider,
    FederationRequest,
    Person,
    ProviderKind,
    Purpose,
    RequestState,
    SignInSession,
    UsedAssertion,
)
from portal.identity.ports import Identity, NotAccepted
from portal.identity.service.federation import providers, sides
from portal.identity.service.federation.matching import find_people
from portal.identity.service.federation.rules import decide
from portal.identity.service.people import add_person
from portal.identity.service.roles import give_role
from portal.identity.service.sessions import open_session
from portal.kernel import clock, crypto
from portal.kernel.access import NOBODY, SYSTEM
from portal.kernel.db import db, reading, released, short_transaction
from portal.kernel.errors import Conflict, Forbidden, NotFound
from portal.kernel.events import announce
from portal.kernel.i18n import _

LASTS = timedelta(minutes=10)  # from leaving for the provider to being signed in
MOST_OF_AN_ADDRESS = 300  # journeys under way from one address: a whole office, but no flood
STRONG = 3  # from this level on a provider's word is as good as our own second factor

WORDS = {
    "signature": lambda: _("The provider's answer is not signed as it should be, or was changed on the way"),
    "wrapped": lambda: _("The provider's answer is built so that something unsigned could be read from it"),
    "expired": lambda: _("The provider's answer is too old"),
    "audience": lambda: _("The provider's answer is meant for somebody else"),
    "issuer": lambda: _("The answer comes from somebody else than was asked"),
    "unsolicited": lambda: _("The answer belongs to no sign-in that this browser began"),
    "replayed": lambda: _("This answer was used already"),
    "level": lambda: _("The provider did not check the identity as strongly as is needed here"),
    "their_refusal": lambda: _("The provider refused, or the sign-in was broken off there"),
    "unknown": lambda: _("The provider knows you, but the register of users does not"),
    "closed": lambda: _("Your account is closed"),
    "taken": lambda: _("This identity is linked to another person"),
}


@dataclass(frozen=True)
class Sent:
    """Where the browser goes, and the secret that it keeps meanwhile."""

    url: str
    secret: str


@dataclass(frozen=True)
class Outcome:
    """How a journey stands. token: of the new session; name: whom the provider named."""

    state: RequestState
    purpose: Purpose
    provider: FederationProvider
    token: str = ""
    next: str = ""
    name: str = ""

    @property
    def ready(self):
        """Is the provider's answer there?"""
        return self.state == RequestState.VERIFIED

    @property
    def asks(self):
        """Must the person confirm? Linking is never done by itself: somebody else's identity could be slipped in."""
        return self.ready and self.purpose == Purpose.LINK


# --- there ------------------------------------------------------------------------------------------------------------


def begin(actor, key, address, next_page="", link=False) -> Sent:
    """Start a sign-in, or the linking of the actor's account. Raises NotFound when the provider is not on offer."""
    provider = offered(key)
    recent = sa.select(sa.func.count()).where(
        FederationRequest.address == address, FederationRequest.made_at > clock.real_now() - LASTS
    )
    if (db.session.scalar(recent) or 0) >= MOST_OF_AN_ADDRESS:
        raise Forbidden(_("Too many sign-ins were begun from here. Wait a few minutes and try again"))
    request = FederationRequest(
        provider_id=provider.id,
        purpose=Purpose.LINK if link else Purpose.SIGN_IN,
        person_id=actor.person_id if link else None,
        next=next_page or "",
        address=address,
    )
    return send(provider, request, lambda sent_id: _sign_on_url(provider, sent_id))


def prepare(key):
    """Load what the protocol needs before the database is locked: the first time it takes a second or two."""
    from portal.identity.adapters import saml

    with reading():
        kind = offered(key).kind
        db.session.rollback()
    if kind == ProviderKind.SAML:
        saml.load_library()


def send(provider, request, address_for) -> Sent:
    """Keep the request and make the address. address_for(sent_id): (url, what to keep)."""
    secret = secrets.token_urlsafe(24)
    request.sent_id = f"_{secrets.token_hex(20)}"  # SAML's ids are XML names: they begin with no digit
    request.secret_hash, request.made_at = digest(secret), clock.real_now()
    url, private = address_for(request.sent_id)
    request.private = json.dumps(private)
    db.session.add(request)
    db.session.flush()
    return Sent(url, secret)


def offered(key) -> FederationProvider:
    """The provider of this key, if the sign-in page offers it."""
    provider = next((one for one in providers.open_providers() if one.key == key), None)
    if provider is None:
        raise NotFound(_("This way to sign in is not on offer"))
    return provider


def _sign_on_url(provider, sent_id):
    from portal.identity.adapters import oidc_client, saml

    if provider.kind == ProviderKind.SAML:
        return saml.sign_on_url(sides.saml(provider), provider.metadata_text, sent_id, sent_id), {}
    return oidc_client.sign_on_url(sides.oidc(provider), provider.metadata_text, sent_id, provider.scope)


# --- and back ---------------------------------------------------------------------------------------------------------


def receive_saml(key, encoded, relay_state, address):
    """A SAML response that a browser brought. Raises Forbidden when it is not to be believed; that stands in the log.
    RelayState names the request, InResponseTo must agree: pysaml2 and the adapter see to it."""
    from portal.identity.adapters import saml

    provider = offered(key)
    request = _asked(provider, relay_state, RequestState.SENT)
    if request is None:
        raise refused(provider, NotAccepted("unsolicited", "no such request"), address)
    try:
        found = saml.read_response(sides.saml(provider), provider.metadata_text, encoded, request.sent_id)
        _check_level(provider, found.identity)
        use_once(provider, found.assertion_id, found.until)
    except NotAccepted as error:
        raise refused(provider, error, address, request) from error
    _keep(request, found.identity, found.name_id, found.their_session)


def receive_code(key, state, code, issuer, error, address):
    """OpenID Connect's answer: the code is exchanged by a job, for the provider has to be asked. Raises Forbidden."""
    from portal.identity.adapters import oidc_client

    provider = offered(key)
    request = _asked(provider, state, RequestState.SENT)
    if request is None:
        raise refused(provider, NotAccepted("unsolicited", "no such state"), address)
    try:
        oidc_client.check_answer(provider.metadata_text, issuer)
        if error or not code:
            raise NotAccepted("their_refusal", (error or "no code")[:200])
    except NotAccepted as wrong:
        raise refused(provider, wrong, address, request) from wrong
    request.state = RequestState.CODE
    request.private = json.dumps({**json.loads(request.private), "code": code})
    db.session.flush()
    announce(NOBODY, events.CodeReceived(request_id=request.id))


def exchange_code(request_id):
    """Job: give the code for tokens. A provider that does not answer is asked again while the request lasts."""
    from portal.identity.adapters import oidc_client

    request = db.session.get(FederationRequest, request_id)
    if request is None or request.state != RequestState.CODE or not _lasts(request):
        return
    provider = db.session.get(FederationProvider, request.provider_id)
    kept, ours, metadata = json.loads(request.private), sides.oidc(provider), provider.metadata_text
    try:
        with released():
            found = oidc_client.exchange(ours, metadata, kept["code"], kept["verifier"], kept["nonce"])
        _check_level(provider, found.identity)
        _keep(request, found.identity, found.id_token, found.their_session)
    except NotAccepted as error:
        request.state, request.reason, request.private = RequestState.REFUSED, error.kind, None
        db.session.flush()
        record_refusal(provider, error, request.address)


def _asked(provider, sent_id, state):
    """The waiting request that this answer names; locked, so that two answers cannot both be the first."""
    request = db.session.scalar(
        sa.select(FederationRequest)
        .where(
            FederationRequest.sent_id == (sent_id or ""),
            FederationRequest.provider_id == provider.id,
            FederationRequest.purpose != Purpose.SIGN_OUT,
            FederationRequest.state == state,
        )
        .with_for_update()
    )
    return request if request is not None and _lasts(request) else None


def _lasts(request):
    return request.made_at > clock.real_now() - LASTS


def _check_level(provider, identity):
    if identity.level < provider.min_level:
        raise NotAccepted("level", f"{identity.level} instead of {provider.min_level}")


def use_once(provider, their_id, until):
    """Remember an id while what bears it would be valid. Raises NotAccepted when it was seen before."""
    row = {"provider_id": provider.id, "id_hash": digest(their_id)}
    if db.session.get(UsedAssertion, tuple(row.values())) is not None:
        raise NotAccepted("replayed", their_id[:100])
    db.session.add(UsedAssertion(**row, until=until))
    db.session.flush()  # the key is unique: of two at once, the database lets one in


def _keep(request, identity, proof, their_session):
    request.state = RequestState.VERIFIED
    request.private = json.dumps({"identity": asdict(identity), "proof": proof, "their_session": their_session})
    db.session.flush()


# --- refusals ---------------------------------------------------------------------------------------------------------


def refused(provider, error: NotAccepted, address, request=None) -> Forbidden:
    """Note a refusal in the log although the request fails, close the journey, and give what to raise."""
    request_id, said = request.id if request is not None else None, _said(provider, error.kind)
    db.session.rollback()
    if request_id is not None:
        with short_transaction() as session:
            session.execute(
                sa.update(FederationRequest)
                .where(FederationRequest.id == request_id)
                .values(state=RequestState.REFUSED, reason=error.kind, private=None)
            )
    with reading():
        record_refusal(provider, error, address)
    return Forbidden(said)


def _said(provider, kind):
    return _("%(provider)s: %(why)s. %(help)s", provider=provider.name, why=words(kind), help=help_words(provider))


def record_refusal(provider, error, address):
    """The library's own words stand in the log for IT staff."""
    audit.record(
        replace(NOBODY, address=address),
        "federation.refused",
        provider,
        result="refused",
        reason=f"{error.kind}: {error.detail}"[:1000],
    )


def words(kind) -> str:
    """Why, for the person at the screen."""
    return WORDS.get(kind, lambda: _("The provider's answer cannot be understood"))()


def help_words(provider) -> str:
    """Who can help."""
    return provider.help_text or _("IT staff can help; you can sign in with your user name and password")


# --- who is it --------------------------------------------------------------------------------------------------------


def look(secret) -> Outcome:
    """How the journey of this browser stands. Raises Forbidden when it was refused, is over, or never began."""
    request, provider = _own(secret)
    return _outcome(request, provider)


def finish(actor, secret, address, browser) -> Outcome:
    """Sign in, or link: the last step, in the browser that began. A journey that waits for the provider stays open."""
    request, provider = _own(secret)
    outcome = _outcome(request, provider)
    if not outcome.ready:
        return outcome
    kept = json.loads(request.private)
    identity = _identity_of(kept)
    try:
        if request.purpose == Purpose.LINK:
            person = _linked_now(actor, request, provider, identity)
        else:
            person = _who(provider, identity)
    except NotAccepted as error:
        raise refused(provider, error, address, request) from error
    request.state, request.person_id, request.private = RequestState.DONE, person.id, None
    token = ""
    if request.purpose == Purpose.SIGN_IN:
        # a weaker word counts as a password does, so that the second factor is asked after it
        token = open_session(person, address, browser, "federation" if identity.level >= STRONG else "directory")
        session_id = db.session.scalar(sa.select(SignInSession.id).where(SignInSession.token_hash == digest(token)))
        db.session.add(
            FederatedSession(
                session_id=session_id,
                provider_id=provider.id,
                subject_hash=subject_hash(identity.subject),
                their_session=kept["their_session"][:300],
                private=kept["proof"],
            )
        )
    db.session.flush()
    return replace(outcome, state=RequestState.DONE, token=token)


def _own(secret):
    request = db.session.scalar(
        sa.select(FederationRequest).where(
            FederationRequest.secret_hash == digest(secret or ""), FederationRequest.purpose != Purpose.SIGN_OUT
        )
    )
    if request is None or not _lasts(request) or request.state == RequestState.DONE:
        raise Forbidden(_("This sign-in is over. Begin again"))
    return request, db.session.get(FederationProvider, request.provider_id)


def _outcome(request, provider):
    if request.state == RequestState.REFUSED:
        raise Forbidden(_said(provider, request.reason))
    ready = request.state == RequestState.VERIFIED
    name = _identity_of(json.loads(request.private)).name if ready else ""
    return Outcome(request.state, request.purpose, provider, next=request.next, name=name)


def _identity_of(kept):
    return Identity(**{**kept["identity"], "historic_codes": tuple(kept["identity"]["historic_codes"])})


def _who(provider, identity):
    """The person. A rule may make the account; either way the subject is linked from now on. Raises NotAccepted."""
    link = _link_of(provider, identity.subject)
    decision = decide(identity, providers.rules_of(provider.id), find_people, link.person_id if link else None)
    if decision.person_id is not None:
        person = db.session.get(Person, decision.person_id)
    elif decision.create_by is not None:
        person = _made(identity, decision.create_by)
    else:
        raise NotAccepted("unknown", identity.name)
    while person.merged_into_id is not None:
        person = db.session.get(Person, person.merged_into_id)
    if not person.works_on(clock.today()):
        raise NotAccepted("closed", person.username)
    if link is None:
        link = _link(provider, person, identity)
    link.person_id = person.id
    link.used_at = clock.real_now()
    return person


def _linked_now(actor, request, provider, identity):
    """Link the account that is signed in; the journey must have begun from it. Raises NotAccepted."""
    if actor.person_id is None or actor.person_id != request.person_id:
        raise NotAccepted("unsolicited", "begun by another account")
    link = _link_of(provider, identity.subject)
    if link is not None and link.person_id != actor.person_id:
        raise NotAccepted("taken", identity.name)
    person = db.session.get(Person, actor.person_id)
    if link is None:
        _link(provider, person, identity, actor)
    return person


def _link_of(provider, subject):
    return db.session.scalar(
        sa.select(FederationLink).where(
            FederationLink.provider_id == provider.id, FederationLink.subject_hash == subject_hash(subject)
        )
    )


def _link(provider, person, identity, actor=SYSTEM):
    link = FederationLink(
        provider_id=provider.id,
        person_id=person.id,
        subject=identity.subject,
        subject_hash=subject_hash(identity.subject),
        name=identity.name[:200],
        linked_at=clock.real_now(),
    )
    db.session.add(link)
    db.session.flush()
    audit.record(actor, "federation.linked", person, new={"provider": provider.key, "name": identity.name})
    return link


def _made(identity, rule):
    """A new account by a rule that IT staff set; it has no password."""
    person = add_person(
        SYSTEM,
        identity.given_name[:100],
        identity.family_name[:100],
        identity.email,
        "",
        rule.unit_id,
        _free_username(identity),
        None,
        personal_code=identity.personal_code or None,
    )
    if rule.role_key:
        give_role(SYSTEM, person.id, rule.role_key)
    return person


def _free_username(identity):
    plain = unicodedata.normalize("NFKD", f"{identity.given_name}.{identity.family_name}".lower())
    stem = "".join(letter for letter in plain if letter.isascii() and (letter.isalnum() or letter == "."))[:50]
    for number in range(1, 1000):
        name = stem if number == 1 else f"{stem}{number}"
        if not db.session.scalar(sa.select(Person.id).where(Person.username == name)):
            return name
    raise Conflict(_("No user name is free for this name"))


# --- tidying ----------------------------------------------------------------------------------------------------------


def forget_old():
    """Remove journeys that are over and ids that nothing valid can bear any more."""
    now = clock.real_now()
    db.session.execute(sa.delete(FederationRequest).where(FederationRequest.made_at < now - timedelta(days=1)))
    db.session.execute(sa.delete(UsedAssertion).where(UsedAssertion.until < now))
    ended = sa.select(SignInSession.id).where(SignInSession.ended_at < now - timedelta(days=1))
    db.session.execute(sa.delete(FederatedSession).where(FederatedSession.session_id.in_(ended)))


def digest(text) -> str:
    """What is kept of a random text in place of itself."""
    return hashlib.sha256(text.encode()).hexdigest()


def subject_hash(subject) -> str:
    """A keyed hash to find a subject by, for it may hold a personal code. Capitals and marks count."""
    return crypto.lookup_hash(hashlib.sha256(subject.encode()).hexdigest())
