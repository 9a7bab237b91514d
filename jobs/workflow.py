"""The jobs of workflow: timers, and what automatic steps do. This list is all that a flow can have done by itself."""

import uuid

from portal.council import service as council
from portal.council.rules import ActKind
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import access
from portal.kernel.access import SYSTEM
from portal.kernel.errors import Invalid
from portal.kernel.i18n import _
from portal.kernel.jobs import job, periodic, queue
from portal.signing import service as signing
from portal.workflow import service as workflow
from portal.workflow.model import GOOD


@periodic(seconds=60)
def find_timers():
    """Have each timer whose moment has come go off (12.3)."""
    for step_id in workflow.due_timers():
        queue(fire_timer, step_id=step_id)


@job(retries=5, first_wait_s=30)
def fire_timer(step_id: uuid.UUID):
    """Let one run go on after its timer; a run that went another way stays as it is."""
    workflow.fire(SYSTEM, step_id)


@job(retries=8, first_wait_s=30)
def perform_step(step_id: uuid.UUID):
    """Do what an automatic step says (12.3)."""
    workflow.perform(SYSTEM, step_id, ACTS)


def _register(_actor, run, _step, _row):
    """A document in a flow has its number already; an action becomes an internal document."""
    if run.about_kind == "action":
        documents.create(SYSTEM, "internal", run.title, responsible_id=run.starter_id)
    return GOOD


def _sign(actor, run, step, row):
    """Ask for a personal signature on the document's own files."""
    document, files = _document_and_files(run)
    found = signing.request(
        actor,
        about_kind="document",
        about_id=document.id,
        title=str(document),
        files=[(file.name, file.mime, file.sha256) for file in files],
        signers=[_one_person(run, step)],
        due_on=row.due_on,
        access_keys=[key.name for key in access.keys_of(document.access_set_id)],
    )
    return found.id


def _approve(actor, run, step, row):
    """Ask those whom the step names to approve the document's newest file, with remarks on its text (LAW-85)."""
    document, files = _document_and_files(run)
    newest = files[-1]
    found = signing.ask_approval(
        actor,
        about_kind="document",
        about_id=document.id,
        title=str(document),
        file=(newest.name, newest.mime, newest.sha256),
        approvers=workflow.all_who_do(run, step),
        due_on=row.due_on,
        access_keys=[key.name for key in access.keys_of(document.access_set_id)],
    )
    return found.id


def _deliver(actor, run, _step, _row):
    """Send the signed document to the e-address from which the letter came that it answers (12.4)."""
    document, _files = _document_and_files(run)
    if documents.addressee_of(document) is None:
        raise Invalid(_("No e-address is known for the addressee; send the document by hand and skip this step"))
    return documents.send_out(actor, document.id).id


def _notify(actor, run, step, row):
    """Put "get acquainted" into the lists of those whom the step names."""
    workflow.notify(actor, run, step, row)
    return GOOD


def _agenda(actor, run, step, _row):
    """Propose the document as a matter: to a committee, or at once to the council. What a committee supported is passed
    on to the council by itself."""
    document, files = _document_and_files(run, needed=False)
    if step.body == "council":
        body = council.council_of(SYSTEM)
    else:
        bodies = [one for one in council.list_bodies(SYSTEM) if one.is_committee]
        named = [one for one in bodies if step.body in (str(one.id), one.name, one.short_name)]
        body = (named or bodies or [None])[0]
        if body is None:
            raise Invalid(_("There is no committee that could take the draft"))
    texts = [document.summary, *(documents.text_of_file(file) for file in files)]
    draft = next((text for text in texts if text.strip()), "")
    if not draft:
        raise Invalid(_("The document has neither a summary nor a file with the text of the draft decision"))
    matter = council.propose(
        actor,
        title=document.title,
        draft_text=draft,
        kind=ActKind.INDIVIDUAL,  # the stricter rule about interests; the secretary may change it
        body_id=body.id,
        access_keys=[key.name for key in access.keys_of(document.access_set_id)],
    )
    return matter.id


ACTS = {
    "register": _register,
    "approve": _approve,
    "sign": _sign,
    "deliver": _deliver,
    "notify": _notify,
    "agenda": _agenda,
}


# --- how it ended: reactions in the transaction of the act ------------------------------------------------------------


def signed(actor, request_id):
    """All have signed (signing.DocumentSigned)."""
    workflow.finish_waiting(actor, request_id, good=True)


def refused(actor, request_id, reason):
    """A signer refused, with a reason (signing.SignatureRefused)."""
    workflow.finish_waiting(actor, request_id, good=False, note=reason)


def approval_finished(actor, round_id, outcome):
    """All have approved, or somebody returned it (signing.ApprovalFinished)."""
    workflow.finish_waiting(actor, round_id, good=outcome == "approved")


def matter_decided(actor, matter_id, body_kind, outcome):
    """A body has decided (council.MatterDecided): the matter itself or one that was passed on from another body."""
    good, here = outcome in ("supported", "adopted"), matter_id
    while here is not None:
        if workflow.waits_for(here) and workflow.waits_for(here, "council") == (body_kind == "council"):
            workflow.finish_waiting(actor, here, good=good)
            if good and body_kind == "committee":
                workflow.hand_on(here, "council")
        here = council.get_matter(SYSTEM, here).origin_matter_id


def delivery_changed(actor, delivery_id, state):
    """A delivery arrived, or a person must look (exchange.DeliveryChanged)."""
    if state == "delivered":
        workflow.finish_waiting(actor, delivery_id, good=True)
    elif state in ("failed", "rejected", "refused", "late", "cancelled"):
        workflow.note_trouble(delivery_id, _("The delivery did not arrive; look at the delivery desk"))


def _document_and_files(run, needed=True):
    if run.about_kind != "document":
        raise Invalid(_("This step needs a document, and the flow is about something else"))
    document = documents.get_document(SYSTEM, run.about_id)
    files = [file for file in documents.files_of(document.id) if file.parent_file_id is None]
    if needed and not files:
        raise Invalid(_("The document has no file; add it and try again"))
    return document, files


def _one_person(run, step):
    somebody = workflow.who_does(run, step)
    if somebody.person_id:
        return somebody.person_id
    if not somebody:
        raise Invalid(somebody.why)
    people = identity.people_with_role(somebody.role) if somebody.role else identity.people_of_unit(somebody.unit_id)
    if len(people) != 1:
        raise Invalid(_("Say which person signs: %(count)s people could", count=len(people)))
    return people[0].id
