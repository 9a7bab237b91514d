"""Drafts: made from a template or a file, kept in versions, checked out and in, compared, sent for signing (12.1)."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from portal.audit import service as audit
from portal.documents import policy
from portal.documents.events import DraftVersionAdded
from portal.documents.models import TITLE_LENGTH, Document, DocumentKind, Draft, DraftState, DraftVersion
from portal.documents.service import templates
from portal.documents.service.files import Upload
from portal.documents.service.indexing import level_of
from portal.documents.service.records import create, get_document
from portal.documents.service.restrictions import ensure_known
from portal.documents.service.sending import ask_to_send
from portal.identity import service as identity
from portal.kernel import access, clock
from portal.kernel.access import SYSTEM, set_of, visible_to
from portal.kernel.db import db, released
from portal.kernel.errors import Conflict, Invalid, NotFound, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.kernel.web import cursor_page
from portal.search import service as search
from portal.storage import service as storage
from portal.storage.extract.sniffing import DOCX
from portal.storage.names import tidy_name

DRAFT_KINDS = (DocumentKind.OUTGOING, DocumentKind.INTERNAL)


# --- making -----------------------------------------------------------------------------------------------------------


def answer_values(actor, document_id):
    """What a draft that answers a document begins with: {field: value}. Raises NotFound, Forbidden."""
    document = get_document(actor, document_id)
    ensure(policy.can_draft(actor))
    name = document.author.split(" <", 1)[0]
    return {"title": _about(document.title), "addressee": name, "kind": DocumentKind.OUTGOING, "document": document}


def _about(title):
    """The subject of an answer is that of the letter."""
    return title[:TITLE_LENGTH]


def preview(actor, template_id, **values):
    """Clean HTML of what the template would give. Raises Forbidden, NotFound, Invalid("template_id")."""
    _template, _version, _data, html = _filled(actor, template_id, values)
    return html


def create_draft(
    actor,
    *,
    title,
    kind,
    addressee="",
    template_id=None,
    text="",
    upload=None,
    answers_id=None,
    signer_id=None,
    case_id=None,
    access_keys=(),
):
    """A draft with its first version: of a template with the fields filled in, or of an uploaded file.
    An answer is seen by those who see the letter. Returns the Draft. Raises Forbidden, NotFound, Invalid."""
    ensure(policy.can_draft(actor))
    title = " ".join((title or "").split())
    if not title:
        raise Invalid(_("Fill in this field"), field="title")
    if upload is None and template_id is None:
        raise Invalid(_("Choose a template, or a file that you have written already"), field="template_id")
    answered = get_document(actor, answers_id) if answers_id else None
    if upload is None:
        told = {"title": title, "addressee": addressee, "text": text, "answers_id": answers_id, "signer_id": signer_id}
        template, version, data, html = _filled(actor, template_id, told)
        name = tidy_name(f"{title[:100]}.docx")
        with released():
            content = storage.extract_text(name, DOCX, data).text
            staged = storage.stage(data, mime=DOCX)
        blob = storage.keep(actor, staged)
        upload = Upload(name, DOCX, blob.sha256, blob.size_bytes)
        source = {"template": template.name, "template_version": version.number}
    else:
        content, html = _read(upload)
        source = {"file": upload.name}
    answered = _afresh(actor, answered)
    unit_id = _unit_of(actor)
    keys = [f"person:{actor.person_id}", *access_keys]
    if unit_id and not (answered and answered.restriction):  # an answer is as closed as its letter (LAW-103)
        keys.append(f"unit:{unit_id}")
    draft = Draft(
        title=title[:TITLE_LENGTH],
        kind=DocumentKind(kind),
        addressee=" ".join((addressee or "").split())[:300],
        author_id=actor.person_id,
        unit_id=unit_id,
        answers_id=answers_id,
        case_id=case_id or (answered.case_id if answered else None),
        access_set_id=set_of(*keys, base=answered.access_set_id if answered else None),
    )
    db.session.add(draft)
    db.session.flush()
    audit.record(actor, "draft.created", draft, new={"kind": draft.kind.value, **source})
    _add_version(actor, draft, upload, content, html, _("First version"))
    return draft


def _filled(actor, template_id, values):
    from portal.documents.drafting import DocxProblem, fill_in

    ensure(policy.can_draft(actor))
    template, version = templates.published_version(actor, template_id)
    answered = get_document(actor, values["answers_id"]) if values.get("answers_id") else None
    signer = identity.get_person(actor, values["signer_id"]) if values.get("signer_id") else None
    unit_id = _unit_of(actor)
    fields = templates.values_of(
        actor,
        title=values.get("title") or "",
        addressee=values.get("addressee") or "",
        text=(values.get("text") or "").replace("\r", ""),
        answered=answered,
        unit=identity.get_unit(unit_id) if unit_id else None,
        signer=signer,
    )
    try:
        with released():
            data, html = fill_in(storage.read(version.sha256), fields)
    except DocxProblem as error:
        raise Invalid(str(error), field="template_id") from error
    return template, version, data, html


def _afresh(actor, answered):
    """The answered document as it stands after slow work: it may have been restricted meanwhile. Raises NotFound."""
    if answered is None:
        return None
    db.session.expire(answered)
    return get_document(actor, answered.id)


def _read(upload):
    """(text, looks) of a file; a Word file looks like its clean HTML, others are shown by the browser or not at all.
    Slow, and lets the transaction go: to be called before anything is changed."""
    from portal.documents.drafting import DocxProblem, as_html

    with released():
        data = storage.read(upload.sha256)
        text = storage.extract_text(upload.name, upload.mime, data).text
        try:
            return text, as_html(data) if upload.mime == DOCX else ""
        except DocxProblem:
            return text, ""


def _unit_of(actor):
    return identity.get_person(actor, actor.person_id).unit_id


def _add_version(actor, draft, upload, text, html, comment):
    draft.latest += 1
    made = DraftVersion(
        draft_id=draft.id,
        number=draft.latest,
        name=upload.name,
        mime=upload.mime,
        sha256=upload.sha256,
        size_bytes=upload.size_bytes,
        text=text,
        html=html,
        comment=" ".join((comment or "").split())[:1000],
        added_by_id=actor.person_id,
    )
    db.session.add(made)
    db.session.flush()
    audit.record(actor, "draft.version_added", draft, new={"version": made.number, "sha256": made.sha256})
    _index(draft, text)
    announce(actor, DraftVersionAdded(draft_id=draft.id, version_id=made.id, number=made.number, sha256=made.sha256))
    return made


def _index(draft, text):
    search.put(
        "draft",
        draft.id,
        draft.title,
        "",
        text,
        clock.local(draft.created_at).date(),
        draft.unit_id,
        f"/drafts/{draft.id}",
        draft.access_set_id,
        extra_text=draft.addressee,
        status=f"draft.{draft.state}",
        level=level_of(draft.answers_id) if draft.answers_id else "",
    )


def reindex_draft(draft):
    """Tell search anew who may find the draft."""
    _index(draft, latest_version(draft).text)


# --- reading ----------------------------------------------------------------------------------------------------------


def list_drafts(actor, state=None, mine=False, after=None, size=50):
    """A Page of drafts that the actor may see, newest first; without a state those still open or being signed."""
    query = sa.select(Draft).where(visible_to(actor, Draft))
    states = [state] if state else [DraftState.OPEN, DraftState.SIGNING]
    query = query.where(Draft.state.in_(states))
    if mine:
        query = query.where(Draft.author_id == actor.person_id)
    return cursor_page(query, [Draft.id.desc()], size=size, cursor=after)


def answered_by(actor, draft):
    """The document that a draft answers, None when there is none or the actor may not see it."""
    document = db.session.get(Document, draft.answers_id) if draft.answers_id else None
    return document if document is not None and access.can_see(actor, document) else None


def drafts_answering(actor, document_id):
    """Drafts that answer a document and that the actor may see."""
    return list(
        db.session.scalars(
            sa.select(Draft)
            .where(Draft.answers_id == document_id, visible_to(actor, Draft), Draft.state != DraftState.CANCELLED)
            .order_by(Draft.id)
        )
    )


def get_draft(actor, draft_id):
    """A draft that the actor may see. Raises NotFound."""
    draft = db.session.get(Draft, draft_id)
    if draft is None or not access.can_see(actor, draft):
        raise NotFound(_("There is no such draft"))
    return draft


def open_draft(actor, draft_id):
    """The draft, for showing to a person: the reading is audited. Raises NotFound."""
    draft = get_draft(actor, draft_id)
    answered = db.session.get(Document, draft.answers_id) if draft.answers_id else None
    if answered is not None and answered.restriction is not None and access.can_see(actor, answered):
        ensure_known(actor, answered)
    audit.record_reading(actor, "draft.read", draft)
    return draft


def draft_versions(draft):
    """The versions, newest first. The caller has asked who may see."""
    return list(
        db.session.scalars(
            sa.select(DraftVersion).where(DraftVersion.draft_id == draft.id).order_by(DraftVersion.number.desc())
        )
    )


def draft_version(draft, number):
    """One version with its text and looks. Raises NotFound."""
    found = db.session.scalar(
        sa.select(DraftVersion)
        .where(DraftVersion.draft_id == draft.id, DraftVersion.number == number)
        .options(undefer(DraftVersion.text), undefer(DraftVersion.html))
    )
    if found is None:
        raise NotFound(_("There is no such version"))
    return found


def latest_version(draft):
    """The newest DraftVersion: `sha256`, `name`, `mime`, `size_bytes`, `number`. What is approved and signed."""
    return draft_version(draft, draft.latest)


def open_draft_file(actor, draft_id, number):
    """The version whose bytes a person is given; the reading is audited. Raises NotFound."""
    draft = open_draft(actor, draft_id)
    return draft_version(draft, number)


def compare_versions(actor, draft_id, old, new):
    """(older version, newer version, paragraphs of the comparison). Raises NotFound."""
    from portal.documents.drafting import compare

    draft = open_draft(actor, draft_id)
    first, second = draft_version(draft, min(old, new)), draft_version(draft, max(old, new))
    return first, second, compare(first.text, second.text)


def let_see_draft(actor, draft_id, *keys):
    """Let more people see a draft: those who are asked to approve it. Called after the asking area's policy."""
    draft = get_draft(actor, draft_id)
    new_set = set_of(*keys, base=draft.access_set_id)
    if new_set != draft.access_set_id:
        draft.access_set_id = new_set
        db.session.flush()
        _index(draft, latest_version(draft).text)
    return draft


# --- changing ---------------------------------------------------------------------------------------------------------


def check_out(actor, draft_id):
    """Take the draft to change it: until it comes back nobody else may. Raises Forbidden, NotFound, Conflict."""
    draft = get_draft(actor, draft_id)
    ensure(policy.can_change_draft(actor, draft))
    if draft.locked_by_id == actor.person_id:
        return draft
    ensure_not_taken(draft)
    draft.locked_by_id, draft.locked_at = actor.person_id, clock.now()
    db.session.flush()
    audit.record(actor, "draft.checked_out", draft)
    return draft


def check_in(actor, draft_id, upload, comment=""):
    """Bring a new version; the draft is free again. Whoever has not checked it out does both at once.
    Returns the DraftVersion. Raises Forbidden, NotFound, Conflict, Invalid("file")."""
    if upload is None:
        raise Invalid(_("Choose a file"), field="file")
    draft = get_draft(actor, draft_id)
    _ensure_takes(actor, draft, upload)
    text, html = _read(upload)
    db.session.refresh(draft)  # it may have been taken, sent or given up while the file was read
    draft = get_draft(actor, draft_id)
    _ensure_takes(actor, draft, upload)
    draft.locked_by_id = draft.locked_at = None
    made = _add_version(actor, draft, upload, text, html, comment)
    _ask_approval_again(actor, draft, made)
    return made


def _ensure_takes(actor, draft, upload):
    ensure(policy.can_change_draft(actor, draft))
    if draft.locked_by_id != actor.person_id:
        ensure_not_taken(draft)
    if upload.sha256 == latest_version(draft).sha256:
        raise Invalid(_("This is the same file as the newest version; nothing was changed in it"), field="file")


def _ask_approval_again(actor, draft, version):
    """An approval holds for one version only: those who were asked about the one before are asked again (LAW-85)."""
    from portal.signing import service as signing

    before = signing.latest_round("draft", draft.id)
    if before is not None and before.state in ("open", "approved", "returned"):
        file = (version.name, version.mime, version.sha256)
        signing.ask_approval(actor, about_kind="draft", about_id=draft.id, title=draft.title, file=file)


def give_back(actor, draft_id):
    """Give the draft back unchanged. Raises Forbidden, NotFound."""
    draft = get_draft(actor, draft_id)
    if draft.locked_by_id != actor.person_id:
        raise Conflict(_("You have not taken this draft"))
    draft.locked_by_id = draft.locked_at = None
    db.session.flush()
    audit.record(actor, "draft.given_back", draft)
    return draft


def break_lock(actor, draft_id, reason):
    """Free a draft that somebody else has taken and does not bring back. Raises Forbidden, Conflict, Invalid."""
    draft = get_draft(actor, draft_id)
    ensure(policy.can_break_lock(actor, draft))
    if draft.locked_by_id is None:
        raise Conflict(_("Nobody has taken this draft"))
    if not (reason or "").strip():
        raise Invalid(_("Say why the draft is freed; the reason stays in the history"), field="reason")
    holder = identity.names_of([draft.locked_by_id]).get(draft.locked_by_id)
    draft.locked_by_id = draft.locked_at = None
    db.session.flush()
    audit.record(actor, "draft.lock_broken", draft, old={"taken_by": holder}, reason=reason.strip())
    return draft


def cancel_draft(actor, draft_id, reason):
    """Give a draft up; it stays readable. Raises Forbidden, NotFound, Invalid("reason")."""
    draft = get_draft(actor, draft_id)
    ensure(policy.can_change_draft(actor, draft))
    if not (reason or "").strip():
        raise Invalid(_("Say why the draft is given up"), field="reason")
    draft.state, draft.end_reason = DraftState.CANCELLED, reason.strip()
    draft.locked_by_id = draft.locked_at = None
    db.session.flush()
    audit.record(actor, "draft.cancelled", draft, reason=reason.strip())
    search.remove("draft", draft.id)
    return draft


def ensure_not_taken(draft):
    """What somebody has taken to change is not sent on meanwhile. Raises Conflict."""
    if draft.locked_by_id is not None:
        holder = identity.names_of([draft.locked_by_id]).get(draft.locked_by_id, "")
        raise Conflict(
            _(
                "%(name)s has taken the draft to change it; wait until it is brought back, or ask the head of the unit "
                "to free it",
                name=holder,
            )
        )


# --- signing ----------------------------------------------------------------------------------------------------------


def usual_signer(actor, draft=None):
    """Who signs letters of the unit: its head, or of the unit above when that is the author."""
    unit_id = draft.unit_id if draft else _unit_of(actor)
    return identity.head_of(unit_id) if unit_id else None


def send_draft_for_signing(actor, draft_id, signer_ids):
    """Ask people to sign the newest version; it cannot be changed meanwhile. When all have signed it is registered.
    Returns the SignatureRequest. Raises Forbidden, NotFound, Conflict, Invalid("signers")."""
    from portal.signing import service as signing

    draft = get_draft(actor, draft_id)
    ensure(policy.can_change_draft(actor, draft))
    ensure_not_taken(draft)
    version = latest_version(draft)
    if signing.latest_round("draft", draft.id) and not signing.is_approved("draft", draft.id, version.sha256):
        raise Conflict(
            _(
                "The draft is still being approved, or was returned; send it for signing when all have approved this "
                "version"
            )
        )
    return signing.request(
        actor,
        about_kind="draft",
        about_id=draft.id,
        title=draft.title,
        files=[(version.name, version.mime, version.sha256)],
        signers=signer_ids,
    )


def draft_sent(actor, about_kind, about_id, person_id):
    """A signature was asked for (signing.SignatureRequested, once a signer): the draft is not changed meanwhile, and
    the signer sees it."""
    draft = db.session.get(Draft, about_id) if about_kind == "draft" else None
    if draft is None:
        return
    if draft.state == DraftState.OPEN:
        draft.state, draft.end_reason = DraftState.SIGNING, ""
        audit.record(actor, "draft.sent_for_signing", draft, new={"version": draft.latest})
    draft.access_set_id = set_of(f"person:{person_id}", base=draft.access_set_id)
    db.session.flush()
    _index(draft, latest_version(draft).text)


def draft_asked(actor, about_kind, about_id, person_id):
    """A person is asked to approve (signing.ApprovalAsked): they see the draft."""
    if about_kind == "draft" and (draft := db.session.get(Draft, about_id)) is not None:
        let_see_draft(SYSTEM, draft.id, f"person:{person_id}")


def draft_signed(actor, about_kind, about_id, container_sha256, container_name, container_size):
    """All have signed (signing.DocumentSigned): the draft becomes a registered document, dated today (LAW-82)."""
    draft = db.session.get(Draft, about_id) if about_kind == "draft" else None
    if draft is None or draft.document_id is not None:
        return
    blob = storage.get_blob(container_sha256)
    document = create(
        actor,
        draft.kind,
        draft.title,
        files=[(container_name, blob.mime, container_sha256, container_size)],
        case_id=draft.case_id,
        unit_id=draft.unit_id,
        addressee=draft.addressee,
        responsible_id=draft.author_id,
        answers_id=draft.answers_id,
        access_keys=access.keys_of(draft.access_set_id),
    )
    draft.state, draft.document_id = DraftState.REGISTERED, document.id
    db.session.flush()
    audit.record(actor, "draft.registered", draft, new={"number": document.number})
    ask_to_send(actor, document)
    search.remove("draft", draft.id)


def draft_refused(actor, about_kind, about_id, reason):
    """A signer refused (signing.SignatureRefused): the draft goes back to its author with the reason."""
    draft = db.session.get(Draft, about_id) if about_kind == "draft" else None
    if draft is None or draft.state != DraftState.SIGNING:
        return
    draft.state, draft.end_reason = DraftState.OPEN, reason
    db.session.flush()
    reindex_draft(draft)
    audit.record(actor, "draft.returned", draft, reason=reason)


def document_of_draft(draft_id):
    """Id of the document that a draft became, None before."""
    return db.session.scalar(sa.select(Draft.document_id).where(Draft.id == draft_id))


def draft_of_document(document_id: uuid.UUID):
    """The draft that a document was, None when it was not one."""
    return db.session.scalar(sa.select(Draft).where(Draft.document_id == document_id))
