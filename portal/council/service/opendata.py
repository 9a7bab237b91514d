"""Open data: what the council does, as objects of OParl 1.1 with votes by name in our own namespace (`pkip:`).

Objects are written by a job whenever something public changes, and are read as they stand; public pages show nothing
else. Addresses within `data` begin with "~/": the reader puts its own base before them.

    pkip:votes   of an AgendaItem: [{question, adopted, result, why, law, present, quorum, names {par, pret, atturas:
                 [{name, person}]}, notVoted [...], recused [...], candidates [{name, votes, elected, voters [...]}]}]
    pkip:recording   of a Meeting: {url, external, mimeType, marks [{item, name, second}], parts withheld [[from, to]]}
    pkip:stream      of a Meeting: address of the live stream
    pkip:draft       of an AgendaItem: address of the page with its draft; of a Paper: {text, note} of a draft decision
                     that is public before the session, while `find_text` has the word "@draft"
"""

import hashlib
import json
import uuid

import sqlalchemy as sa

from portal.council.models import (
    Body,
    BodyKind,
    BodyMember,
    Convocation,
    Decision,
    Faction,
    FactionMember,
    Minutes,
    OpenObject,
    Publication,
    Recording,
    Session,
    SessionKind,
    SessionState,
)
from portal.council.service import publishing, recordings, redaction, results
from portal.council.service.minutes import _Facts
from portal.council.service.reading import agenda_of
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import _, in_language
from portal.kernel.web import cursor_page

KINDS = {
    "organization": "Organization",
    "person": "Person",
    "membership": "Membership",
    "meeting": "Meeting",
    "agendaitem": "AgendaItem",
    "paper": "Paper",
    "consultation": "Consultation",
    "file": "File",
    "location": "Location",
    "legislativeterm": "LegislativeTerm",
}
_SCHEMA = "https://schema.oparl.org/1.1/"
_OURS = uuid.UUID("6f0a4c1e-4d7e-5b0e-9a55-0d4f6d7a2b10")  # names of objects that have no row of their own
_DRAFT = "@draft"
PAGE = 100


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────────


def get_object(kind, object_id):
    """One object, deleted ones too. Raises NotFound."""
    row = db.session.get(OpenObject, object_id)
    if row is None or row.kind != kind:
        raise NotFound(_("There is no such page"))
    return row


def list_objects(kind, *, group=None, after=None, size=PAGE, created=(None, None), modified=(None, None)):
    """A page of objects of a kind by key, with the next one's key or None. created, modified: (since, until), aware.
    group: only of this organization (a body's meetings, members). Deleted ones only when asked for changes."""
    query = sa.select(OpenObject).where(OpenObject.kind == kind)
    if modified[0] is None:
        query = query.where(~OpenObject.deleted)
    for column, (since, until) in ((OpenObject.created, created), (OpenObject.modified, modified)):
        if since is not None:
            query = query.where(column >= since)
        if until is not None:
            query = query.where(column <= until)
    if group is not None:
        query = query.where(OpenObject.find_text.contains(f"@{group}"))
    if after is not None:
        query = query.where(OpenObject.id > after)
    rows = list(db.session.scalars(query.order_by(OpenObject.id).limit(size + 1)))
    return rows[:size], rows[size - 1].id if len(rows) > size else None


def public_list(kind, filters=None, after=None, size=20):
    """A page of meetings or papers for people, the newest first. filters: q (words), year, body (id), draft (papers
    are drafts, else decisions). Raises Invalid."""
    filters = filters or {}
    query = sa.select(OpenObject).where(OpenObject.kind == kind, ~OpenObject.deleted)
    if kind == "paper":
        is_draft = OpenObject.find_text.contains(_DRAFT)
        query = query.where(is_draft if filters.get("draft") else ~is_draft)
    for word in (filters.get("q") or "").casefold().replace("@", " ").split()[:10]:
        query = query.where(OpenObject.find_text.contains(word, autoescape=True))
    if year := filters.get("year"):
        if not (str(year).isdigit() and 1990 <= int(year) <= 2200):
            raise Invalid(_("The year is a number"), field="year")
        begin = clock.at_local(clock.date(int(year), 1, 1))
        end = clock.at_local(clock.date(int(year) + 1, 1, 1))
        query = query.where(OpenObject.on_at >= begin, OpenObject.on_at < end)
    if body := filters.get("body"):
        try:
            query = query.where(OpenObject.find_text.contains(f"@{uuid.UUID(str(body))}"))
        except ValueError:
            raise Invalid(_("Choose from the list"), field="body") from None
    return cursor_page(query, (OpenObject.on_at.desc(), OpenObject.id.desc()), size=size, cursor=after)


def changed_at():
    """When anything public changed last, or None."""
    return db.session.scalar(sa.select(sa.func.max(OpenObject.modified)))


def terms():
    """The data of all legislative terms and bodies' places, which stand inside the Body."""
    found = sa.select(OpenObject).where(OpenObject.kind == "legislativeterm", ~OpenObject.deleted)
    return list(db.session.scalars(found.order_by(OpenObject.on_at)))


def public_file(file_id):
    """(sha256, size, mime, name) of a file that is public now. Raises NotFound."""
    row = db.session.get(OpenObject, file_id)
    if row is None or row.kind != "file" or row.deleted:
        raise NotFound(_("There is no such file"))
    data = row.data
    return row.data["pkip:sha256"], data.get("size"), data["mimeType"], data["fileName"]


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def refresh_bodies():
    """Write the objects of bodies and their members anew."""
    with in_language("lv"):
        _store(None, _of_bodies())


def refresh_session(session_id):
    """Write the objects of one session anew; what is no longer public is marked as deleted."""
    session = db.session.get(Session, session_id)
    with in_language("lv"):
        _store(session_id, _of_session(session) if session is not None else [])


def refresh_all():
    """Everything anew: nothing that was missed stays wrong for longer than a day."""
    refresh_bodies()
    for session_id in db.session.scalars(sa.select(Session.id).order_by(Session.planned_at)).all():
        refresh_session(session_id)


def _store(group_id, objects):
    """Keep what differs, with the time of the change."""
    now = clock.now()
    same = OpenObject.group_id.is_(None) if group_id is None else OpenObject.group_id == group_id
    old = {row.id: row for row in db.session.scalars(sa.select(OpenObject).where(same))}
    objects = list(objects)
    moved = {one[1] for one in objects} - set(old)  # a matter that stood on another agenda before
    old |= {row.id: row for row in db.session.scalars(sa.select(OpenObject).where(OpenObject.id.in_(moved)))}
    for kind, object_id, data, on_at, find in objects:
        digest = hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        row = old.pop(object_id, None)
        if row is None:
            row = OpenObject(id=object_id, kind=kind, group_id=group_id, created=now, deleted=False, digest="")
            db.session.add(row)
        if row.digest != digest or row.deleted:
            row.data, row.digest, row.modified, row.deleted = data, digest, now, False
        row.on_at, row.find_text, row.group_id = on_at, find, group_id
    for row in old.values():
        if not row.deleted:
            row.data, row.digest, row.find_text, row.modified, row.deleted = {}, "", "", now, True
    db.session.flush()


def _object(kind, object_id, on_at, find="", /, **fields):
    data = {key.replace("__", ":"): value for key, value in fields.items() if value not in (None, "", [])}
    data = {"id": f"~/oparl/v1/{kind}/{object_id}", "type": _SCHEMA + KINDS[kind], **data}
    return kind, object_id, data, on_at, find.casefold()


def _url(kind, object_id):
    return f"~/oparl/v1/{kind}/{object_id}"


def _named(*parts):
    return uuid.uuid5(_OURS, "/".join(str(part) for part in parts))


def _of_bodies():
    every = list(db.session.scalars(sa.select(Body).order_by(Body.id)))
    seats = list(db.session.scalars(sa.select(BodyMember).order_by(BodyMember.since, BodyMember.id)))
    people = identity.names_of({one.person_id for one in seats})
    epoch = clock.at_local(min((one.since for one in seats), default=clock.today()))
    own = {body.id: [one for one in seats if one.body_id == body.id] for body in every}
    for body in every:
        yield _object(
            "organization", body.id, epoch, body.name,
            body="~/oparl/v1/body", name=body.name, shortName=body.short_name,
            organizationType=_kind_word(body.kind),
            classification=str(body.kind), votingMemberCount=body.seats,
            membership=[_url("membership", one.id) for one in own[body.id]],
            meeting=f"~/oparl/v1/organization/{body.id}/meetings", web=f"~/public/council?body={body.id}",
        )  # fmt: skip
        for one in own[body.id]:
            yield _object("membership", one.id, epoch, f"@{body.id}", **_membership(body, one))
    for person_id, name in people.items():
        given, _space, family = name.rpartition(" ")
        mine = [(body, one) for body in every for one in own[body.id] if one.person_id == person_id]
        yield _object(
            "person", person_id, epoch, name, body="~/oparl/v1/body", name=name, familyName=family, givenName=given,
            membership=[
                {"id": _url("membership", one.id), "type": f"{_SCHEMA}Membership"} | _plain(_membership(body, one))
                for body, one in mine
            ],
        )  # fmt: skip
    yield from _terms_and_factions(epoch)
    places = set(db.session.scalars(sa.select(Session.place).where(Session.state != SessionState.PLANNED).distinct()))
    for place in sorted(places):
        yield _object("location", _named("place", place), epoch, place, description=place)


def _kind_word(kind):
    words = {
        BodyKind.COUNCIL: _("Council"),
        BodyKind.COMMITTEE: _("Committee"),
        BodyKind.COMMISSION: _("Commission"),
        BodyKind.WORKING_GROUP: _("Working group"),
    }
    return words[kind]


def _terms_and_factions(epoch):
    """Convocations; where none is entered, one that began with the first member. Factions as organizations."""
    convocations = list(db.session.scalars(sa.select(Convocation).order_by(Convocation.since)))
    for one in convocations:
        yield _object(
            "legislativeterm", one.id, clock.at_local(one.since), "", body="~/oparl/v1/body", name=one.name,
            startDate=one.since.isoformat(), endDate=one.until.isoformat() if one.until else None,
        )  # fmt: skip
    if not convocations:
        yield _object(
            "legislativeterm", _named("term", 1), epoch, "",
            body="~/oparl/v1/body", name=_("Convocation since %(year)s", year=clock.local(epoch).year),
            startDate=clock.local(epoch).date().isoformat(),
        )  # fmt: skip
    joined = list(db.session.scalars(sa.select(FactionMember).order_by(FactionMember.since, FactionMember.id)))
    for faction in db.session.scalars(sa.select(Faction).order_by(Faction.id)):
        mine = [one for one in joined if one.faction_id == faction.id]
        yield _object(
            "organization", faction.id, epoch, faction.name, body="~/oparl/v1/body", name=faction.name,
            shortName=faction.name, organizationType=_("Faction"), classification="faction",
            startDate=faction.since.isoformat(), endDate=faction.until.isoformat() if faction.until else None,
            membership=[_url("membership", one.id) for one in mine],
        )  # fmt: skip
        for one in mine:
            yield _object(
                "membership", one.id, epoch, f"@{faction.id}", person=_url("person", one.person_id),
                organization=_url("organization", faction.id), role=_("Member"), votingRight=False,
                startDate=one.since.isoformat(), endDate=one.until.isoformat() if one.until else None,
            )  # fmt: skip


def _plain(fields):
    return {key: value for key, value in fields.items() if value is not None}


def _membership(body, seat):
    role = _("Member")
    if seat.person_id == body.chair_id:
        role = _("Chair")
    elif seat.person_id == body.deputy_chair_id:
        role = _("Deputy chair")
    return dict(
        person=_url("person", seat.person_id), organization=_url("organization", body.id), role=role, votingRight=True,
        startDate=seat.since.isoformat(), endDate=seat.until.isoformat() if seat.until else None,
    )  # fmt: skip


def _of_session(session):
    """The objects of a session whose members were called; a planned one is nobody's business yet."""
    if session.state == SessionState.PLANNED:
        return
    writer = _Writer(session)
    yield from writer.objects()


class _Writer:
    """One session as objects, from facts read once."""

    def __init__(self, session):
        self.session, self.agenda = session, agenda_of(session.id)
        self.closed, self.cover = publishing.closed_matters(session, self.agenda), redaction.covering(self.agenda)
        self.titles = {one.id: self.cover(one, one.title) for one in self.agenda if one.id not in self.closed}
        self.facts = _Facts(session, self.agenda)
        self.members = {who.name: _url("person", who.id) for who in self.facts.members}
        self.published = publishing.publications_of(session.id)
        self.decisions = {
            one.matter_id: one
            for one in db.session.scalars(sa.select(Decision).where(Decision.session_id == session.id))
        }
        self.minutes = db.session.scalar(sa.select(Minutes).where(Minutes.session_id == session.id))
        self.recording = db.session.scalar(sa.select(Recording).where(Recording.session_id == session.id))

    def objects(self):
        items = [self.item(matter) for matter in self.agenda]
        found = list(items)
        for matter in self.agenda:
            found += self.draft(matter)
            found += self.paper(matter)
        extra = [one for one in (self.invitation(), self.protocol()) if one]
        yield from found
        yield from extra
        yield self.meeting([data for _kind, _id, data, _at, _find in items], {one[2]["name"]: one for one in extra})

    # --- the meeting ---

    def meeting(self, items, files):
        session, titles = self.session, " ".join(self.titles.values())
        ended = session.state == SessionState.CLOSED
        state = _("Held") if ended and session.opened_at else _("Not held") if ended else _("Convened")
        if session.state in (SessionState.OPEN, SessionState.PAUSED):
            state = _("Under way")
        invitation, protocol = self.invitation(), self.protocol()
        return _object(
            "meeting", session.id, session.planned_at, f"{session.title} {titles} @{session.body_id}",
            name=session.title, meetingState=state, cancelled=ended and session.opened_at is None,
            start=_iso(session.opened_at or session.planned_at), end=_iso(session.closed_at),
            location={"id": _url("location", _named("place", session.place)), "type": f"{_SCHEMA}Location",
                      "description": session.place},
            organization=[_url("organization", body.id) for body in session.bodies],
            participant=sorted({_url("person", stay.member_id) for stay in self.facts.stays}),
            invitation=invitation[2] if invitation else None, resultsProtocol=protocol[2] if protocol else None,
            agendaItem=[{key: value for key, value in item.items() if key != "meeting"} for item in items],
            web=f"~/public/council/sessions/{session.id}",
            pkip__recording=self.record(), pkip__stream=self.stream(),
            pkip__kind=str(SessionKind.EXTRAORDINARY if session.extraordinary else session.kind),
            pkip__open=session.open_to_public,
        )  # fmt: skip

    def stream(self):
        """Where the session is seen live; a closed part stops it (LAW-19)."""
        live = self.session.state != SessionState.CLOSED and self.session.open_to_public
        live = live and all(part.ended_at for part in self.facts.closed_parts)
        return self.recording.stream_url if self.recording and live else None

    def record(self):
        if self.recording is None or not self.recording.is_public:
            return None
        marks = recordings.marks_of(self.recording, self.agenda)
        return {
            "url": self.recording.link_url or f"~/public/council/recordings/{self.session.id}",
            "external": bool(self.recording.link_url),
            "mimeType": self.recording.mime or "",
            "marks": [
                {"item": _url("agendaitem", one.id), "n": one.n, "name": self.title(one), "second": second}
                for one, second in marks
            ],
            "withheld": recordings.closed_seconds(self.recording),
        }

    def invitation(self):
        """The notice names every matter in full, so it is public only where nothing in the titles is covered."""
        if any(self.titles.get(one.id) != one.title for one in self.agenda):
            return None
        return self.file("invitation", self.session.agenda_document_id, _("Agenda"), "darba-kartiba")

    def protocol(self):
        row = self.minutes and self.published.get(("minutes", self.minutes.id))
        return self.public_file(row, f"protokols-{self.session.number}-{self.session.year}.pdf") if row else None

    # --- matters ---

    def title(self, matter):
        return self.titles.get(matter.id) or _("Closed matter")

    def item(self, matter):
        closed, paper = matter.id in self.closed, self.decisions.get(matter.id)
        row = paper and self.published.get(("decision", paper.id))
        file = self.public_file(row, _file_name(paper)) if row else None
        draft = self.draft_of(matter)
        tie = "consultation" if row else "draft-consultation" if draft else None
        return _object(
            "agendaitem", matter.id, self.session.planned_at, "" if closed else self.title(matter),
            meeting=_url("meeting", self.session.id), number=str(matter.n), order=matter.n, name=self.title(matter),
            public=not closed, result=results.outcome_word(matter.outcome),
            consultation=_url("consultation", _named(tie, matter.id)) if tie else None,
            resolutionText=row.body.get("text") if row else None, resolutionFile=file[2] if file else None,
            start=_iso(matter.opened_at), end=_iso(matter.decided_at),
            pkip__votes=[] if closed else self.votes(matter),
            pkip__draft=f"~/public/council/drafts/{_named('draft', matter.id)}" if draft else None,
            web=f"~/public/council/sessions/{self.session.id}#n{matter.n}",
        )  # fmt: skip

    def votes(self, matter):
        def people(names):
            return [_plain({"name": name, "person": self.members.get(name)}) for name in names]

        found = []
        for ballot in self.facts.ballots:
            if ballot.matter_id != matter.id or ballot.lead_id is not None and not ballot.closed_at:
                continue
            one = self.facts.ballot(ballot, matter)
            found.append(
                {
                    "question": self.cover(matter, one["question"]) or _("The draft decision"),
                    "valid": one["valid"], "adopted": one["adopted"], "result": one["line"], "why": one["why"],
                    "law": one["law"], "present": one["present"], "quorum": one["quorum_needed"],
                    "closedAt": one["closed_at"],
                    "names": {choice: people(names) for choice, names in one["names"].items()},
                    "notVoted": people(one["not_voted"]),
                    "recused": people([who["name"] for who in one["recused"]]),
                    "candidates": [
                        {"name": who["name"], "votes": who["votes"], "elected": who["elected"],
                         "voters": people(who["voters"])}
                        for who in one["options"]
                    ],
                }
            )  # fmt: skip
        return found

    def draft_of(self, matter):
        """The Publication of a matter's draft while the matter is open to the public (LAW-5, 18)."""
        return None if matter.id in self.closed else self.published.get(("draft", matter.id))

    def draft(self, matter):
        """The Paper of a draft decision, the Consultation that ties it to its agenda item, and its File. What the
        decision covers later is covered here too; the file, which was drawn before, is public no longer then."""
        row = self.draft_of(matter)
        if row is None:
            return
        words = {key: self.cover(matter, row.body.get(key, "")) for key in ("text", "note")}
        same = self.cover(matter, row.title) == row.title and all(words[key] == row.body.get(key, "") for key in words)
        file = self.public_file(row, f"projekts-{matter.n}-{self.session.number}-{self.session.year}.pdf")
        file = file if same else None
        tie, paper = _named("draft-consultation", matter.id), _named("draft", matter.id)
        fields = dict(
            paper=_url("paper", paper), agendaItem=_url("agendaitem", matter.id),
            meeting=_url("meeting", self.session.id), organization=[_url("organization", self.session.body_id)],
            authoritative=False, role=_("Draft decision"),
        )  # fmt: skip
        yield _object("consultation", tie, self.session.planned_at, "", **fields)
        name = self.title(matter)
        yield _object(
            "paper", paper, self.session.planned_at,
            f"{name} {words['text']} @{self.session.body_id} {_DRAFT}",
            body="~/oparl/v1/body", name=name, paperType=_("Draft decision"),
            date=clock.local(row.published_at).date().isoformat(), mainFile=file[2] if file else None,
            originatorOrganization=[_url("organization", self.session.body_id)],
            consultation=[{"id": _url("consultation", tie), "type": f"{_SCHEMA}Consultation"} | fields],
            web=f"~/public/council/drafts/{paper}", pkip__meeting=_url("meeting", self.session.id),
            pkip__draft={key: value for key, value in words.items() if value},
        )  # fmt: skip
        if file:
            yield file

    def paper(self, matter):
        """The Paper of a published decision, the Consultation that ties it to its agenda item, and its File."""
        decision = self.decisions.get(matter.id)
        row = decision and self.published.get(("decision", decision.id))
        if not row:
            return
        file = self.public_file(row, _file_name(decision))
        tie = _named("consultation", matter.id)
        fields = dict(
            paper=_url("paper", decision.id), agendaItem=_url("agendaitem", matter.id),
            meeting=_url("meeting", self.session.id), organization=[_url("organization", self.session.body_id)],
            authoritative=True, role=_("Decision"),
        )  # fmt: skip
        yield _object("consultation", tie, self.session.planned_at, "", **fields)
        on = clock.at_local(decision.adopted_on)
        yield _object(
            "paper", decision.id, on,
            f"{decision.number} {row.title} {row.body.get('text', '')} @{self.session.body_id}",
            body="~/oparl/v1/body", name=row.title, reference=decision.number, date=decision.adopted_on.isoformat(),
            paperType=_("Decision"), mainFile=file[2] if file else None,
            originatorOrganization=[_url("organization", self.session.body_id)],
            consultation=[{"id": _url("consultation", tie), "type": f"{_SCHEMA}Consultation"} | fields],
            web=f"~/public/council/decisions/{decision.id}",
            pkip__meeting=_url("meeting", self.session.id),
        )  # fmt: skip
        if file:
            yield file

    # --- files ---

    def public_file(self, row: Publication, name):
        """The File of a published paper, once it is drawn."""
        if row.sha256 is None:
            return None
        return self._file(_named("publication", row.id), row.title, name, row.sha256, row.size_bytes, row.published_at)

    def file(self, what, document_id, title, name):
        """The File of a paper that is made for the public, such as the notice with the agenda."""
        if document_id is None:
            return None
        found = documents.files_of(document_id)
        if not found:
            return None
        name = f"{name}-{self.session.number}-{self.session.year}.pdf"
        return self._file(
            _named(what, self.session.id), title, name, found[0].sha256, found[0].size_bytes, self.session.planned_at
        )

    def _file(self, file_id, title, name, sha256, size, at):
        return _object(
            "file", file_id, at, "",
            name=title, fileName=name, mimeType="application/pdf", size=size, date=clock.local(at).date().isoformat(),
            accessUrl=f"~/public/council/files/{file_id}", downloadUrl=f"~/public/council/files/{file_id}?save=1",
            pkip__sha256=sha256, meeting=[_url("meeting", self.session.id)],
        )  # fmt: skip


def _file_name(decision):
    return f"lemums-{decision.number.replace('/', '-')}.pdf"


def _iso(when):
    return clock.local(when).isoformat(timespec="seconds") if when else None
