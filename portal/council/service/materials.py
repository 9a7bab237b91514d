"""The materials of a session as one PDF: the agenda, then each matter with its draft, note, opinions and attachments.

Whoever may see the same matters shares one file; closed matters are in the file of those only who may see them."""

import hashlib
import json
import shutil
from datetime import UTC
from pathlib import Path

import sqlalchemy as sa

from portal.audit import service as audit
from portal.council.events import MaterialsAsked
from portal.council.models import Materials, MaterialsState, Matter, Proposal, Session
from portal.council.service import amendments, planning, way
from portal.council.service.reading import get_session
from portal.documents import drafting
from portal.identity import service as identity
from portal.kernel import clock, jobs, pdf
from portal.kernel.access import SYSTEM, visible_to
from portal.kernel.config import settings
from portal.kernel.db import db, insert_ignore, released, transaction
from portal.kernel.errors import Conflict, ExternalUnavailable, NotFound
from portal.kernel.events import announce
from portal.kernel.i18n import _, in_language
from portal.kernel.live import publish
from portal.storage import children
from portal.storage import service as storage

_CHILD = Path(__file__).resolve().parents[1] / "materials_child.py"
_FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
_LIMITS = {"memory_bytes": 3 * 1024**3, "time_s": 900, "most_bytes": 1024**3, "nice": 10}
_QUIET_S = 300
LARGEST = 100 * 1024**2  # of a file whose pages are taken in
LARGEST_INSIDE = 25 * 1024**2  # of a file that is put inside the PDF as it is
MOST_TEXT = 200_000
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/tiff")
KEPT_DAYS = 90


# ── Asking ────────────────────────────────────────────────────────────────────────────────────────────────────────


def materials_of(actor, session_id):
    """The Materials that hold what the actor may see now, or None when nobody asked for them. Raises NotFound."""
    session = get_session(actor, session_id)
    return _row(session.id, _digest(_facts(session, _agenda(actor, session.id))))


def ask_materials(actor, session_id):
    """Have the materials made, unless they are there. Raises NotFound, Conflict when the agenda is empty."""
    session = get_session(actor, session_id)
    agenda = _agenda(actor, session.id)
    if not agenda:
        raise Conflict(_("The agenda is empty. Place at least one matter first."))
    digest = _digest(_facts(session, agenda))
    ids = [str(matter.id) for matter in agenda]
    row = _row(session.id, digest)
    if row is None:
        fresh = {"session_id": session.id, "digest": digest, "matter_ids": ids}
        insert_ignore(Materials.__table__, [fresh])  # two may ask in the same moment
        row = _row(session.id, digest)
    elif row.state == MaterialsState.FAILED:
        row.state, row.problem, row.done = MaterialsState.WAITING, "", 0
    else:
        return row
    db.session.flush()
    audit.record(actor, "council.materials_asked", session)
    announce(actor, MaterialsAsked(materials_id=row.id))
    return row


def materials_file(actor, session_id):
    """(sha256, size, mime, name) of the actor's materials. Raises NotFound before they are made."""
    row = materials_of(actor, session_id)
    if row is None or row.sha256 is None:
        raise NotFound(_("There is no such file"))
    session = get_session(actor, session_id)
    return row.sha256, row.size_bytes, PDF, f"materiali-{session.number}-{session.year}.pdf"


def forget_materials():
    """What was made long ago is made again when somebody needs it."""
    old = clock.now() - clock.timedelta(days=KEPT_DAYS)
    db.session.execute(sa.delete(Materials).where(Materials.asked_at < old))


def _row(session_id, digest):
    return db.session.scalar(sa.select(Materials).where(Materials.session_id == session_id, Materials.digest == digest))


# ── What stands in them ───────────────────────────────────────────────────────────────────────────────────────────


def _agenda(actor, session_id):
    found = sa.select(Matter).where(Matter.session_id == session_id, visible_to(actor, Matter)).order_by(Matter.n)
    return list(db.session.scalars(found.options(sa.orm.selectinload(Matter.files))))


def _digest(facts):
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def _facts(session, agenda):
    """Everything that the file says, as plain values."""
    proposals = {
        one.id: one
        for one in db.session.scalars(
            sa.select(Proposal).where(Proposal.id.in_([matter.proposal_id for matter in agenda if matter.proposal_id]))
        )
    }
    opinions = {} if session.body.is_committee else way.opinions_of(proposals)
    changes = {}
    for one in amendments.of_matters([matter.id for matter in agenda]):
        changes.setdefault(one.matter_id, []).append(one)
    names = identity.names_of({session.chair_id, *(matter.rapporteur_id for matter in agenda)} - {None})
    return {
        "session": {
            "title": session.title, "body": session.body.name, "at": session.planned_at.astimezone(UTC),
            "place": session.place, "remote": session.remote, "urgency": session.urgency,
            "chair": names.get(session.chair_id),
        },
        "guests": [
            {"name": guest.name, "office": guest.office, "n": n} for guest, n in planning.guests_of(session.id)
        ],
        "matters": [
            _of_matter(
                matter, proposals.get(matter.proposal_id), opinions.get(matter.proposal_id, ()),
                changes.get(matter.id, ()), names,
            )
            for matter in agenda
        ],
    }  # fmt: skip


def _of_matter(matter, proposal, opinions, changes, names):
    return {
        "n": matter.n, "title": matter.title, "section": matter.section, "closed": matter.closed_ground,
        "reporter": matter.rapporteur_text or names.get(matter.rapporteur_id), "rule": str(matter.rule),
        "case": matter.case_number, "draft": matter.draft_text,
        "note": proposal.note if proposal else "", "basis": proposal.legal_basis if proposal else "",
        "cents": proposal.amount_cents if proposal else None, "budget": proposal.budget_line if proposal else None,
        "submitter": proposal.submitter_name if proposal else None,
        "opinions": [
            {"body": one.body, "outcome": one.outcome, "counts": one.counts, "text": one.text} for one in opinions
        ],
        "changes": [
            {"n": one.n, "author": one.author_name, "old": one.old_text, "new": one.new_text, "reason": one.reason,
             "state": str(one.state)}
            for one in changes
        ],
        "files": [
            {"name": one.name, "mime": one.mime, "sha256": one.sha256, "size": one.size_bytes} for one in matter.files
        ],
    }  # fmt: skip


# ── Making ────────────────────────────────────────────────────────────────────────────────────────────────────────


def make_materials(materials_id):
    """Draw, convert and join. Called by a job, may run twice; how far it is stands in the row."""
    row = db.session.get(Materials, materials_id)
    if row is None or row.state != MaterialsState.WAITING:
        return
    session = db.session.get_one(Session, row.session_id)
    agenda = [matter for matter in _agenda(SYSTEM, session.id) if str(matter.id) in row.matter_ids]
    facts = _facts(session, agenda)
    if _digest(facts) != row.digest:
        row.state = MaterialsState.FAILED
        row.problem = _("The agenda has changed meanwhile; have the materials made again.")
        return
    session_id = session.id
    try:
        with released(), children.folder() as folder, in_language("lv"):
            pages, sha256, size = _Making(materials_id, facts, folder).whole()
    except ExternalUnavailable as error:
        _note(materials_id, state=MaterialsState.FAILED, problem=error.message)
    else:
        _note(
            materials_id, state=MaterialsState.READY, pages=pages, sha256=sha256, size_bytes=size, made_at=clock.now()
        )
    publish(f"session:{session_id}", "materials")


def _note(materials_id, **values):
    with transaction():
        db.session.execute(
            sa.update(Materials)
            .where(Materials.id == materials_id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
    jobs.still_working()


class _Making:
    """One file on its way: its parts lie in a folder."""

    def __init__(self, materials_id, facts, folder):
        self.id, self.facts, self.folder = materials_id, facts, folder
        self.done, self.attached = 0, []
        self.total = 1 + len(facts["matters"]) + sum(len(one["files"]) for one in facts["matters"])

    def whole(self):
        """Returns (pages, address, bytes). Raises ExternalUnavailable."""
        _note(self.id, total=self.total)
        plain = self.plain_files()
        parts, starts = [], []
        for place, matter in enumerate(self.facts["matters"]):
            starts.append(sum(part["pages"] for part in parts))
            name = f"{matter['n']}. {matter['title']}"
            parts.append(self.drawn(f"matter-{place}", "matter", name, 0, inner=True, matter=matter))
            for number, file in enumerate(matter["files"]):
                parts.append(self.file_part(f"file-{place}-{number}", file, plain))
        parts.insert(0, self.agenda(starts))
        return self.joined(parts)

    def plain_files(self):
        """name -> how many pages, or what is the problem, of attachments that have pages of their own."""
        names = []
        for place, matter in enumerate(self.facts["matters"]):
            for number, file in enumerate(matter["files"]):
                if file["mime"] in (PDF, *PICTURES) and file["size"] <= LARGEST:
                    name = f"file-{place}-{number}"
                    if self.copied(file, name):
                        names.append(name)
        told = {}
        for line in self.child({"act": "look", "files": names}):
            told[line["file"]] = line
            self.step()
        return told

    def copied(self, file, name):
        """Put the bytes into the folder; not when they are damaged or withheld."""
        try:
            with storage.open(file["sha256"]) as source, (self.folder / name).open("wb") as target:
                shutil.copyfileobj(source, target, 1024 * 1024)
        except (storage.DamagedBlob, storage.Withheld):
            return False
        finally:
            db.session.rollback()
        return True

    def file_part(self, name, file, plain):
        told = plain.get(name)
        if told and "pages" in told:
            return {"file": f"{name}.pdf", "title": file["name"], "level": 1, "inner": False, "pages": told["pages"]}
        html, text = self.words(file)
        inside = file["size"] <= LARGEST_INSIDE and ((self.folder / name).exists() or self.copied(file, name))
        if inside:
            self.attached.append({"file": name, "name": _unlike(file["name"], self.attached)})
        if not told:
            self.step()
        problem = (told or {}).get("problem")
        return self.drawn(
            f"{name}-words", "file", file["name"], 1, inner=False, step=False,
            of=file, html=html, text=text, inside=inside, problem=problem,
        )  # fmt: skip

    def words(self, file):
        """(clean HTML or "", plain text or "") of a file that has no pages."""
        if file["mime"] == DOCX and file["size"] <= LARGEST_INSIDE:
            try:
                return drafting.as_html(storage.read(file["sha256"])), ""
            except (drafting.DocxProblem, storage.DamagedBlob, storage.Withheld):
                return "", ""
            finally:
                db.session.rollback()
        storage.read_text(SYSTEM, file["sha256"], file["name"])
        text = storage.text_of(file["sha256"]).text[:MOST_TEXT]
        db.session.commit()
        return "", text

    def agenda(self, starts):
        """The agenda with the page on which each matter begins; drawn anew until its own length is known."""
        before, drawn = 1, None
        for _time in range(3):
            pages = [1 + before + start for start in starts]
            drawn = self.drawn("agenda", "agenda", _("Agenda"), 0, inner=False, step=False, first_pages=pages)
            if drawn["pages"] == before:
                break
            before = drawn["pages"]
        self.step()
        return drawn

    def drawn(self, name, template, title, level, *, inner, step=True, **context):
        import pikepdf

        data = pdf.render(
            f"council/pdf/materials_{template}.html",
            **self.facts,
            **context,
            municipality=settings().municipality,
            made_at=clock.now(),
        )
        (self.folder / f"{name}.pdf").write_bytes(data)
        with pikepdf.open(self.folder / f"{name}.pdf") as ours:
            pages = len(ours.pages)
        if step:
            self.step()
        return {"file": f"{name}.pdf", "title": title, "level": level, "inner": inner, "pages": pages}

    def joined(self, parts):
        title = _("Materials: %(session)s", session=self.facts["session"]["title"])
        asked = {"act": "join", "parts": parts, "attached": self.attached, "title": title, "font": _FONT}
        told = list(self.child(asked))
        made = self.folder / "whole.pdf"
        if not told or not made.exists():
            raise ExternalUnavailable(_("The materials could not be joined; try again"))
        staged = storage.stage(made.open("rb"), mime=PDF, name="materiali.pdf")
        with transaction():
            blob = storage.keep(SYSTEM, staged)
            return told[-1]["pages"], blob.sha256, blob.size_bytes

    def child(self, asked):
        # the list of parts may be longer than a command line takes
        (self.folder / "asked.json").write_text(json.dumps(asked))
        for line in children.lines(_CHILD, {"asked": "asked.json", **_LIMITS}, self.folder, _QUIET_S):
            if line.startswith("{"):
                yield json.loads(line)
                jobs.still_working()

    def step(self):
        self.done += 1
        _note(self.id, done=min(self.done, self.total))


def _unlike(name, attached):
    """A name that no other file inside has."""
    taken, made, number = {one["name"] for one in attached}, name, 2
    while made in taken:
        made, number = f"{number}-{name}", number + 1
    return made
