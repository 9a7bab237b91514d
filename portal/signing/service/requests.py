"""Asking for signatures, giving one, refusing one. Nothing here waits for an outside system."""

import unicodedata
from pathlib import PurePosixPath

from sqlalchemy import select

from portal.audit import service as audit
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import set_of, visible_to
from portal.kernel.db import db, new_id
from portal.kernel.errors import Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.live import publish
from portal.signing import policy
from portal.signing.events import SignatureRefused, SignatureRequested, SigningAsked
from portal.signing.models import RequestState, SignatureFormat, SignatureKind, SignatureRequest, Signer, SignerState
from portal.storage import service as storage

_TERM_WORKING_DAYS = 5
_LONGEST_PIN = 32


def request(
    actor,
    *,
    about_kind,
    about_id,
    title,
    files,
    signers=(),
    kind=SignatureKind.PERSONAL,
    format=SignatureFormat.ASICE,
    in_order=False,
    due_on=None,
    access_keys=(),
):
    """Ask people (or the seal) to sign files together into one container, or one PDF within itself.

    files: [(name, mime, sha256)] of blobs in storage. signers: person ids, in the order shown; none for the seal.
    in_order: each is asked when those before have signed. format: „asice”, or „pades” for a single PDF.
    due_on: by default 5 working days from today (LAW-50, 54). access_keys: who else may see the request, beside its
    signers and the asker. Returns the SignatureRequest. A seal is put by a job at once; it does not replace an
    official's signature (LAW-138), so a request never mixes the two.
    """
    kind, format = SignatureKind(kind), SignatureFormat(format)
    signers = list(dict.fromkeys(signers))
    if not files:
        raise Invalid(_("There is nothing to sign"), field="files")
    if format is SignatureFormat.PADES and (len(files) != 1 or files[0][1] != "application/pdf"):
        raise Invalid(_("Only a single PDF can be signed within itself; choose a container"), field="format")
    if (kind is SignatureKind.PERSONAL) != bool(signers):
        raise Invalid(_("A personal signature needs signers, and a seal has none"), field="signers")
    keys = [f"person:{person_id}" for person_id in (*signers, actor.person_id) if person_id]
    found = SignatureRequest(
        about_kind=about_kind,
        about_id=about_id,
        title=title,
        kind=kind,
        format=format,
        in_order=in_order,
        files=_described(files),
        due_on=due_on or clock.add_working_days(clock.today(), _TERM_WORKING_DAYS),
        requested_by_id=actor.person_id,
        requested_at=clock.now(),
        access_set_id=set_of(*keys, *access_keys),
        signers=[Signer(person_id=person_id, order=order) for order, person_id in enumerate(signers or [None])],
    )
    db.session.add(found)
    db.session.flush()
    audit.record(
        actor, "signature.requested", found, new={"kind": kind.value, "signers": [str(one) for one in signers]}
    )
    ask_next(actor, found)
    return found


def ask_next(actor, found):
    """Ask those whose turn it is and who were not asked yet: everybody, or in order the first who has not signed."""
    waiting = [one for one in found.signers if one.state is not SignerState.SIGNED]
    for signer in waiting[:1] if found.in_order else waiting:
        if signer.asked_at is not None:
            continue
        signer.asked_at = clock.now()
        db.session.flush()
        if signer.person_id is None:
            _queue(actor, signer)
            continue
        announce(
            actor,
            SignatureRequested(found.id, found.about_kind, found.about_id, found.title, signer.person_id, found.due_on),
        )
        publish(f"person:{signer.person_id}", "signature")


def sign(actor, request_id, pin):
    """Give the PIN for one's signature; the job does the rest. Returns the Signer.

    Raises Forbidden when it is not the actor's turn, Invalid("pin") for an empty or impossible PIN,
    ConfirmationNeeded when the settings ask for fresh proof of who signs.
    """
    identity.require_for_weighty(actor)
    found = get_request(actor, request_id)
    signer = found.signer_of(actor.person_id)
    ensure(policy.can_sign(actor, found, signer))
    signer.pin, signer.batch_id = _checked_pin(pin), None
    _queue(actor, signer)
    audit.record(actor, "signature.asked", found)
    return signer


def sign_many(actor, request_ids, pin):
    """Give the PIN once for several of one's signatures. Returns the id under which `signed_together` tells the result.

    They are made one after another, and the first PIN that the service refuses stops all: a wrong PIN tried for each
    would lock the card. Raises as `sign`; Invalid("requests") when none is chosen.
    """
    identity.require_for_weighty(actor)
    wanted = list(dict.fromkeys(request_ids))
    if not wanted:
        raise Invalid(_("Choose what to sign"), field="requests")
    pin, batch_id = _checked_pin(pin), new_id()
    for request_id in wanted:
        found = get_request(actor, request_id)
        signer = found.signer_of(actor.person_id)
        ensure(policy.can_sign(actor, found, signer))
        signer.pin, signer.batch_id = pin, batch_id
        _queue(actor, signer, tell=False)
        audit.record(actor, "signature.asked", found)
    announce_next(actor, batch_id)
    return batch_id


def announce_next(actor, batch_id):
    """The next of those signed together is handed to the job."""
    following = db.session.scalar(
        select(Signer)
        .where(Signer.batch_id == batch_id, Signer.state == SignerState.QUEUED)
        .order_by(Signer.id)
        .limit(1)
    )
    if following is not None:
        announce(actor, SigningAsked(signer_id=following.id))


def signed_together(actor, batch_id) -> list[tuple[SignatureRequest, Signer]]:
    """What the actor gave one PIN for, and how far each has come. Raises NotFound."""
    rows = db.session.execute(
        select(SignatureRequest, Signer)
        .join(Signer, Signer.request_id == SignatureRequest.id)
        .where(Signer.batch_id == batch_id, Signer.person_id == actor.person_id)
        .order_by(Signer.id)
    ).all()
    if not rows:
        raise NotFound(_("There is no such signature request"))
    return [(found, signer) for found, signer in rows]


def _checked_pin(pin) -> str:
    pin = (pin or "").strip()
    if not pin:
        raise Invalid(_("Type the PIN of your certificate"), field="pin")
    if len(pin) > _LONGEST_PIN:
        raise Invalid(_("This is not a PIN"), field="pin")
    return pin


def refuse(actor, request_id, reason):
    """Refuse to sign, with a reason (LAW-51). The whole request ends: a half-signed container counts as unsigned."""
    found = get_request(actor, request_id)
    signer = found.signer_of(actor.person_id)
    ensure(policy.can_refuse(actor, found, signer))
    reason = (reason or "").strip()
    if not reason:
        raise Invalid(_("Say why you refuse to sign"), field="reason")
    signer.move(SignerState.REFUSED)
    signer.refusal_reason, signer.error = reason, None
    found.state, found.finished_at = RequestState.REFUSED, clock.now()
    db.session.flush()
    audit.record(actor, "signature.refused", found, reason=reason)
    announce(actor, SignatureRefused(found.id, found.about_kind, found.about_id, actor.person_id, reason))
    for other in found.signers:
        if other.person_id:
            publish(f"person:{other.person_id}", "signature")
    return found


def get_request(actor, request_id) -> SignatureRequest:
    """A request that the actor may see. Raises NotFound."""
    found = db.session.scalar(
        select(SignatureRequest).where(SignatureRequest.id == request_id, visible_to(actor, SignatureRequest))
    )
    if found is None:
        raise NotFound(_("There is no such signature request"))
    return found


def list_for_person(actor) -> list[SignatureRequest]:
    """What waits for the actor's signature, the most urgent first."""
    return list(
        db.session.scalars(
            select(SignatureRequest)
            .join(Signer)
            .where(
                Signer.person_id == actor.person_id,
                Signer.state.in_([SignerState.WAITING, SignerState.QUEUED]),
                Signer.asked_at.is_not(None),
                SignatureRequest.state == RequestState.OPEN,
            )
            .order_by(SignatureRequest.due_on, SignatureRequest.id)
        )
    )


def list_requests_about(actor, about_kind, about_id) -> list[SignatureRequest]:
    """The requests about one thing that the actor may see, oldest first."""
    return list(
        db.session.scalars(
            select(SignatureRequest)
            .where(
                SignatureRequest.about_kind == about_kind,
                SignatureRequest.about_id == about_id,
                visible_to(actor, SignatureRequest),
            )
            .order_by(SignatureRequest.id)
        )
    )


def get_file(actor, request_id, number) -> dict:
    """The number-th file of a request: {name, mime, sha256, size}. The reading is audited. Raises NotFound."""
    found = get_request(actor, request_id)
    if not 0 <= number < len(found.files):
        raise NotFound(_("There is no such file"))
    audit.record_reading(actor, "signature.file_read", found)
    return found.files[number]


def get_container(actor, request_id) -> SignatureRequest:
    """The request whose signed container is to be read; audited. Raises NotFound while it is not there."""
    found = get_request(actor, request_id)
    if found.container_sha256 is None:
        raise NotFound(_("The signed container is not there yet"))
    audit.record_reading(actor, "signature.container_read", found)
    return found


def _queue(actor, signer, tell=True):
    signer.move(SignerState.QUEUED)
    signer.queued_at, signer.error = clock.real_now(), None
    db.session.flush()
    if tell:
        announce(actor, SigningAsked(signer_id=signer.id))


def _described(files) -> list[dict]:
    """Files as they will lie in the container: plain, distinct names."""
    described, taken = [], set()
    for name, mime, sha256, *_more in files:
        name = _plain_name(name)
        path, number = PurePosixPath(name), 2
        while name.casefold() in taken:
            name, number = f"{path.stem} ({number}){path.suffix}", number + 1
        taken.add(name.casefold())
        described.append({"name": name, "mime": mime, "sha256": sha256, "size": storage.get_blob(sha256).size_bytes})
    return described


def _plain_name(name) -> str:
    """No folders, no control signs; „META-INF” and the type mark belong to the container itself."""
    name = unicodedata.normalize("NFC", name or "").replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(sign for sign in name if unicodedata.category(sign) != "Cc").strip(" .")
    return f"_{name}" if name.lower() in ("", "mimetype", "meta-inf") else name
