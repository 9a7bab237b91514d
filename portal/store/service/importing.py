"""Many items at once, by a job; doing it again doubles nothing (14.1)."""

import uuid
from datetime import date

import sqlalchemy as sa

from portal.audit import service as audit
from portal.identity import service as identity
from portal.kernel import clock, jobs
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound, PortalError, ensure
from portal.kernel.events import announce
from portal.kernel.i18n import _
from portal.store import policy
from portal.store.events import ImportAsked
from portal.store.models import ImportResult, Level, StoreImport, StoreImportRow, StoreItem
from portal.store.service import creating, reading

MOST_ROWS = 10_000
_DATES = ("date", "retain_until")


def ask_import(actor, rows) -> StoreImport:
    """Queue an import. rows: pairs (external id, dict of create_item's fields, in which `files` are dicts with name,
    mime, upload or sha256); their form has been checked. Raises Forbidden, Invalid."""
    ensure(policy.can_keep(actor))
    if not 1 <= len(rows) <= MOST_ROWS:
        raise Invalid(_("From 1 to %(most)d at once", most=MOST_ROWS))
    asked = StoreImport(owner=actor.client, total=len(rows), created_at=clock.now())
    db.session.add(asked)
    db.session.flush()
    db.session.execute(
        sa.insert(StoreImportRow),
        [
            {"import_id": asked.id, "n": n, "external_id": external_id, "fields": fields}
            for n, (external_id, fields) in enumerate(rows, start=1)
        ],
    )
    audit.record(actor, "store.import_asked", asked, new={"rows": len(rows)})
    announce(actor, ImportAsked(import_id=asked.id))
    return asked


def get_import(actor, import_id) -> tuple[StoreImport, dict[str, int]]:
    """The caller's own import, and how many rows have which result. Raises NotFound."""
    found = db.session.get(StoreImport, import_id)
    if found is None or found.owner != actor.client:
        raise NotFound(_("There is no such import"))
    counted = db.session.execute(
        sa.select(StoreImportRow.result, sa.func.count())
        .where(StoreImportRow.import_id == import_id)
        .group_by(StoreImportRow.result)
    )
    return found, {result.value: count for result, count in counted}


def list_import_rows(actor, import_id, after=0, limit=500, result=None) -> list[StoreImportRow]:
    """What became of the rows, in order."""
    get_import(actor, import_id)
    query = sa.select(StoreImportRow).where(StoreImportRow.import_id == import_id, StoreImportRow.n > after)
    if result:
        query = query.where(StoreImportRow.result == ImportResult(result))
    return list(db.session.scalars(query.order_by(StoreImportRow.n).limit(limit)))


def run_import(import_id):
    """Keep the rows one by one, each in a transaction of its own; one that was stopped goes on. For jobs.
    What the application may do is asked now, not when it asked for the import."""
    asked = db.session.get(StoreImport, import_id)
    if asked is None or asked.finished_at:
        return
    while rows := db.session.scalars(
        sa.select(StoreImportRow)
        .where(StoreImportRow.import_id == import_id, StoreImportRow.result == ImportResult.WAITING)
        .order_by(StoreImportRow.n)
        .limit(50)
    ).all():
        actor = identity.actor_for_client(asked.owner, ["store:write"])
        for row in rows:
            try:
                with db.session.begin_nested():
                    row.result, row.item_id = _keep(actor, row)
            except PortalError as error:
                row.result, row.why = ImportResult.REFUSED, error.message[:1000]
                for told in error.on_record:
                    audit.record(actor, **told)
            db.session.commit()
        jobs.still_working()
    asked.finished_at = clock.now()
    db.session.flush()


def _keep(actor, row):
    fields = {
        name: date.fromisoformat(value) if name in _DATES and value else value for name, value in row.fields.items()
    }
    given = fields.pop("files", [])
    known = reading.find_by_external(actor, row.external_id)
    if known is not None:
        _ensure_same(known, fields, given)
        return ImportResult.SAME, known.id
    entries = [
        creating.FileEntry(
            name=one.get("name", ""), mime=one.get("mime", ""), sha256=one.get("sha256", ""),
            upload_id=uuid.UUID(one["upload"]) if "upload" in one else None,
        )
        for one in given
    ]  # fmt: skip
    item = creating.create_item(actor, external_id=row.external_id, files=entries, **fields)
    return ImportResult.CREATED, item.id


def _ensure_same(item: StoreItem, fields, given):
    """Uploads are spent by the first time, so files are compared where the row names their bytes."""
    now = creating.snapshot(item)
    asked = {
        "title": creating.clean_title(fields["title"]),
        **creating.clean_facts(fields.get("facts") or {}),
        **{name: fields[name].isoformat() for name in _DATES if fields.get(name)},
        **({"level": Level(fields["level"]).value} if "level" in fields else {}),
        **({"class": fields["class_code"]} if "class_code" in fields else {}),
    }
    names = {one["sha256"] for one in given if "sha256" in one}
    if any(now.get(name) != value for name, value in asked.items()) or not names <= reading.bytes_of(item):
        raise Invalid(_("Another item is kept under this external identifier"))
