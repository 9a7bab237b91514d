"""What can be sent for approval and signing from its own page. A further kind of thing adds its function to THINGS."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import url_for

from portal.documents import policy as documents_policy
from portal.documents import service as documents
from portal.kernel.access import keys_of
from portal.kernel.errors import NotFound, ensure
from portal.kernel.i18n import _


@dataclass(frozen=True)
class Thing:
    """files: objects with name, mime, sha256; access_keys: who may see what is asked about it; url: its own page."""

    kind: str
    id: uuid.UUID
    title: str
    files: list
    access_keys: tuple
    url: str


def _document(actor, document_id):
    document = documents.get_document(actor, document_id)
    ensure(documents_policy.can_edit(actor, document))
    files = [one for one in documents.files_of(document.id) if one.parent_file_id is None and one.role != "container"]
    return Thing(
        "document",
        document.id,
        str(document),
        files,
        tuple(keys_of(document.access_set_id)),
        url_for("documents.show", document_id=document.id),
    )


def _draft(actor, draft_id):
    draft = documents.get_draft(actor, draft_id)
    ensure(documents_policy.can_change_draft(actor, draft))
    documents.ensure_not_taken(draft)
    return Thing(
        "draft",
        draft.id,
        draft.title,
        [documents.latest_version(draft)],
        tuple(keys_of(draft.access_set_id)),
        url_for("documents.draft", draft_id=draft.id),
    )


# kind -> function of the actor and the id: the Thing, when the actor may send it on. Raises Forbidden, NotFound
THINGS: dict[str, Callable] = {"document": _document, "draft": _draft}


def thing(actor, kind, thing_id) -> Thing:
    """The thing that the address names."""
    if kind not in THINGS:
        raise NotFound(_("There is no such thing to send for approval or signing"))
    return THINGS[kind](actor, thing_id)
