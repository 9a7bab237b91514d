"""What the public gets: papers without what is covered, open data that validates and can be walked, recordings."""

import io
import json
import re

import pytest
import sqlalchemy as sa
from jsonschema import Draft7Validator
from pypdf import PdfReader

from portal.council import rules
from portal.council import service as council
from portal.council.models import Decision, OpenObject, PaperState, Recording
from portal.council.service import redaction
from portal.documents import service as documents
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from portal.storage import service as storage
from portal.workflow import service as workflow
from portal.workflow.models import Task, TaskState
from tests.council import factories as make

TEXT = "Nolemj: iznomāt Annai Bērziņai (150580-12345), dzīvo Liepu ielā 5-12, zemi. Anna Bērziņa maksā nomu."


@pytest.fixture
def town(app, run_jobs):
    """A closed session: a decision with personal data, and a matter heard without the public."""
    documents.install_registers()
    dome = make.body(members=9)
    session = make.planned(dome)
    matter = council.place(
        dome.secretary,
        session.id,
        council.propose(
            dome.secretary, title="Par nomu Annai Bērziņai", draft_text=TEXT, kind="individual", body_id=dome.body.id
        ).id,
    )
    secret = make.matter(dome, "Par Jāņa Slepenā dzīvi", session)
    council.invite(dome.secretary, session.id)
    for actor in dome.members:
        council.check_in(actor, session.id)
    council.open_session(dome.chair, session.id)
    for one in (matter, secret):
        ballot = make.ballot(dome, one)
        make.vote(dome, ballot.id, par=range(5), pret=[5], atturas=[6])
        council.close_ballot(dome.chair, ballot.id)
        if one is matter:
            council.open_matter(dome.chair, secret.id)
            council.begin_closed_part(dome.chair, session.id, rules.ClosedGround.ADOPTION, secret.id)
    council.end_closed_part(dome.chair, session.id)
    council.close_session(dome.chair, session.id)
    run_jobs()
    for decision in db.session.scalars(sa.select(Decision)).all():
        sign("decision", decision.id)
    minutes = council.draft_minutes(dome.secretary, session.id)
    council.finalise(dome.secretary, minutes.id)
    run_jobs()
    sign("minutes", minutes.id)
    run_jobs()
    return dome, session, matter, secret, council.get_minutes(SYSTEM, minutes.id)


def sign(kind, about_id):
    blob = storage.put(SYSTEM, b"PK\x05\x06" + bytes(18))
    council.paper_signed(SYSTEM, kind, about_id, blob.sha256, "paper.asice", blob.size_bytes)


def publish(dome, other, kind, paper, covers):
    council.approve_covers(other, council.mark_covers(dome.secretary, kind, paper.id, covers).id)
    return council.publish_paper(dome.secretary, kind, paper.id)


def pdf_bytes(data):
    reader = PdfReader(io.BytesIO(data))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split()) + str(reader.metadata)


@pytest.mark.req("13.3", "LAW-18", "LAW-55", "LAW-56")
def test_from_signing_to_the_public_and_nothing_covered_leaks(town, app, run_jobs):
    """LAW-56, LAW-18: published in three working days, without restricted information; LAW-55: opinions join."""
    dome, session, matter, secret, minutes = town
    decision = council.decision_of(SYSTEM, matter.id)
    (task,) = db.session.scalars(
        sa.select(Task).where(Task.kind == "council.publish", Task.about_id == decision.id)
    ).all()
    assert task.due_on == decision.publish_by_on == clock.add_working_days(clock.today(), 3)

    offered = {one["text"] for one in redaction.suggested(TEXT, ["Anna Bērziņa"])}
    assert offered == {"150580-12345", "Liepu ielā 5-12", "Annai Bērziņai", "Anna Bērziņa"}
    with pytest.raises(Conflict):
        council.publish_paper(dome.secretary, "decision", decision.id)
    with pytest.raises(Invalid):
        council.mark_covers(dome.secretary, "decision", decision.id, [{"text": "Nav tāda", "reason": "vārds"}])
    covers = [{"text": text, "reason": "personas dati"} for text in sorted(offered)]
    marked = council.mark_covers(dome.secretary, "decision", decision.id, covers)
    with pytest.raises(Forbidden):
        council.approve_covers(dome.secretary, marked.id)
    other = make.people(1, roles=("employee", "secretary"))[0]
    council.approve_covers(other, marked.id)
    council.publish_paper(dome.secretary, "decision", decision.id)

    council.add_opinion(dome.members[5], minutes.id, 1, "Cena Annai Bērziņai ir par zemu.")
    with pytest.raises(Forbidden):
        council.add_opinion(other, minutes.id, 1, "Man arī.", person_id=other.person_id)
    publish(dome, other, "minutes", minutes, [])
    publish(dome, other, "decision", council.decision_of(SYSTEM, secret.id), [])
    run_jobs()
    assert db.session.get(Task, task.id, populate_existing=True).state != TaskState.OPEN

    browser = app.test_client()
    seen = []
    for address in ("/public/council", f"/public/council/sessions/{session.id}", "/public/council/decisions",
                    f"/public/council/decisions/{decision.id}", "/public/council/sessions.rss", "/oparl/v1/papers",
                    "/public/council/decisions.rss", "/public/council/calendar.ics", "/oparl/v1/meetings"):  # fmt: skip
        response = browser.get(address)
        assert response.status_code == 200, address
        assert "Set-Cookie" not in response.headers, address
        seen.append(response.get_data(as_text=True))
    for row in db.session.scalars(sa.select(OpenObject).where(OpenObject.kind == "file")).all():
        data = browser.get(f"/public/council/files/{row.id}").data
        seen.append(pdf_bytes(data))
        seen.append(data.decode("latin-1"))
    assert sum("Dome" in text for text in seen) and len(seen) >= 9 + 2 * 3
    for text in seen:
        for word in ("Bērziņ", "150580", "Liepu ielā", "Slepen"):
            assert word not in text, (word, text[:200])
    page = seen[1]
    assert "Pieņemts: par 5, pret 1, atturas 1" in page and dome.members[5].name in page and "Slēgts jautājums" in page
    assert "iznomāt […]" in seen[3]
    assert "Cena […] ir par zemu." in "".join(seen)

    text = redaction.words_of(minutes)
    assert "Cena Annai" in text  # what joined the minutes is offered for covering too

    council.withdraw_paper(dome.secretary, "decision", decision.id, "pārskatīt")
    run_jobs()
    gone = browser.get(f"/oparl/v1/paper/{decision.id}").get_json()
    assert gone["deleted"] is True and set(gone) == {"id", "type", "created", "modified", "deleted"}
    assert "iznomāt" not in browser.get(f"/public/council/decisions/{decision.id}").get_data(as_text=True)


def walk(app, *more, absent=()):
    """address -> text of every public page, feed, file and object of open data that links lead to, and `more`. No
    public route is left out, so that a new one is walked too; `absent`: those of which there is nothing yet."""
    browser, base = app.test_client(), app.extensions["pkip.settings"].base_url
    waiting = ["/public/council", "/public/council/live", "/oparl/v1", "/public/regulations", *more]
    seen, walked, adapter = {}, set(), app.url_map.bind("localhost")
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        response = browser.get(address)
        assert response.status_code == 200, address
        walked.add(adapter.match(address.partition("?")[0])[0])
        if response.data.startswith(b"%PDF-"):
            seen[address] = pdf_bytes(response.data) + response.data.decode("latin-1")
            continue
        text = seen[address] = response.get_data(as_text=True)
        own = rf'(?:"|>|URL:)(?:{re.escape(base)})?(/(?:public|oparl)/[^"#<>\s]*)'
        links = [link.replace("&amp;", "&") for link in re.findall(own, text.replace("\r\n ", ""))]
        waiting += [link for link in links if not link.startswith(("/oparl/v1/person/", "/oparl/v1/membership/"))]
    routes = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith(("public.", "oparl."))}
    assert routes - walked <= {"public.regulation", "public.consultation", "public.recording", *absent}
    return seen


@pytest.mark.req("13.3", "LAW-17", "LAW-18", "LAW-19")
def test_closed_matters_are_hidden_from_everybody_from_the_moment_they_are_closed(app, as_client, run_jobs):
    """LAW-18: of a matter closed after the notice, and of one heard in a closed part, the public pages, feeds, open
    data and the hall know only that; LAW-19: the stream stops meanwhile."""
    documents.install_registers()
    dome = make.body(members=9)
    session = make.planned(dome)
    private = make.matter(dome, "Par pabalstu personai 150580-12345", session)
    marked = make.matter(dome, "Par Slepenā bērna lietu", session)
    heard = make.matter(dome, "Par Slepeno darījumu", session)
    council.invite(dome.secretary, session.id)
    council.set_recording(dome.secretary, session.id, stream_url="https://straume.example/dome")
    run_jobs()
    browser = app.test_client()

    quick = ("/public/council/live", f"/public/council/sessions/{session.id}", "/public/council/sessions.rss",
             "/public/council/calendar.ics", "/oparl/v1/meetings", "/oparl/v1/agendaitems",
             "/public/council?q=slepen")  # fmt: skip

    def hidden(*words):
        db.session.commit()
        run_jobs()
        pages = {address: browser.get(address).get_data(as_text=True) for address in quick}
        assert not leaks(words, pages)
        return pages["/public/council/live"]

    def leaks(words, pages):
        return [at for at, page in pages.items() if any(word in page.replace('value="slepen"', "") for word in words)]

    council.set_line(dome.secretary, marked.id, "", "children")
    run_jobs()
    assert council.get_object("agendaitem", marked.id).data["name"] == "Slēgts jautājums"
    for actor in dome.members:
        council.check_in(actor, session.id)
    council.open_session(dome.chair, session.id)
    council.open_matter(dome.chair, private.id)
    ballot = council.open_ballot(dome.chair, private.id, question="Vai piešķirt personai 150580-12345?")
    hidden("150580", "Slepenā bērna")
    make.vote(dome, ballot.id, par=range(5))
    council.close_ballot(dome.chair, ballot.id)
    hidden("150580", "Slepenā bērna")

    names = [actor.name for actor in dome.members]
    stream = council.get_object("meeting", session.id).data.get
    for matter, words in ((marked, "Slepenā bērna"), (heard, "Slepen")):
        council.open_matter(dome.chair, matter.id)
        assert stream("pkip:stream")
        council.begin_closed_part(dome.chair, session.id, rules.ClosedGround.CHILDREN)
        hidden("150580", words)
        stream = council.get_object("meeting", session.id).data.get
        assert not stream("pkip:stream")
        ballot = council.open_ballot(dome.chair, matter.id)
        make.vote(dome, ballot.id, par=range(5), pret=[5])
        council.close_ballot(dome.chair, ballot.id)
        page = browser.get("/public/council/live").get_data(as_text=True)
        assert not [word for word in (words, *names) if word in page]
        assert council.hall_view(dome.chair, session.id).current.title == matter.title  # only members are in the hall
        council.end_closed_part(dome.chair, session.id)
        page = hidden("150580", words)
        assert not [name for name in names if name in page]
        assert "pkip:votes" not in council.get_object("agendaitem", matter.id).data
        assert "Slēgts jautājums" in page and "Pieņemts" in page
        hall = as_client("anna").get(f"/council/sessions/{session.id}/hall").get_data(as_text=True)
        assert "Slēgts jautājums" in hall and words not in hall and "seat is-for" not in hall
        stream = council.get_object("meeting", session.id).data.get
    whole = walk(app, *quick, absent=("public.decision", "public.draft", "public.file"))
    assert not leaks(("150580", "Slepen"), whole)


@pytest.mark.req("13.3", "LAW-50")
def test_signed_decision_is_carried_out_under_control_and_told_by_eaddress(town, as_client, cast):
    """LAW-50: signed in five working days; a head orders, the register shows how far it is, recipients are told."""
    dome, _session, matter, _secret, _minutes = town
    decision = council.decision_of(SYSTEM, matter.id)
    assert decision.sign_by_on == clock.add_working_days(decision.adopted_on, 5)
    with pytest.raises(Invalid):
        council.send_to_execution(dome.secretary, decision.id, None)
    council.send_to_execution(dome.secretary, decision.id, cast.bruno.id, "Līdz gada beigām")
    (task,) = db.session.scalars(sa.select(Task).where(Task.kind == "resolution.write")).all()
    assert task.person_id == cast.bruno.id and task.detail == "Līdz gada beigām"
    assert council.execution_of([decision]) == {}
    bruno, due = identity.actor_for(cast.bruno.id), clock.today() + clock.timedelta(days=20)
    workflow.write_resolution(bruno, decision.document_id, "Noslēgt līgumu", cast.liga.id, due_on=due)
    (state,) = council.execution_of([decision]).values()
    assert (state.open, state.closed, state.due_on) == (1, 0, due)

    with pytest.raises(Invalid):
        council.tell_by_eaddress(dome.secretary, decision.id, "_PRIVATE@32000000001", "")
    with pytest.raises(Forbidden):
        council.tell_by_eaddress(dome.members[1], decision.id, "_PRIVATE@32000000001", "Ilze")
    council.tell_by_eaddress(dome.secretary, decision.id, "_PRIVATE@32000000001", "Ilze Avotiņa")
    (sent,) = council.decision_view(dome.secretary, decision.id).deliveries
    assert [one.name for one in sent.files] == ["paper.asice"]
    db.session.commit()
    browser = as_client("dace")
    page = browser.get(f"/council/decisions/{decision.id}").get_data(as_text=True)
    assert "Noslēgt līgumu" in page and "Ilze Avotiņa" in page
    assert "izpildē" in browser.get("/council/decisions").get_data(as_text=True)


@pytest.mark.req("13.3", "LAW-4", "LAW-5", "LAW-18")
def test_drafts_are_public_before_the_session_but_those_of_closed_matters(
    app, as_client, run_jobs, shared_data, count_queries
):
    """LAW-5: drafts are public three working days before a regular session, without personal data; LAW-18: of a closed
    matter nothing is; LAW-4: the agenda is, and follows what the secretary changes."""
    documents.install_registers()
    dome, sarma = make.body(members=9), as_client("sarma")
    session, other = make.planned(dome), make.planned(dome, days=40)
    lease = make.matter(dome, "Par zemes nomu", session)
    secret = make.matter(dome, "Par Slepenā bērna lietu", session)
    council.edit_matter(dome.secretary, lease.id, draft_text=TEXT)
    council.set_line(dome.secretary, secret.id, "", "children")
    page, address = f"/council/sessions/{session.id}", f"/council/sessions/{session.id}/drafts"
    db.session.commit()
    chosen = {f"open-{lease.id}": "1", f"cover-{lease.id}": "150580-12345\nLiepu ielā 5-12\nAnnai Bērziņai"}
    assert sarma.post(address, data=chosen).status_code == 409  # nobody is invited yet
    council.invite(dome.secretary, session.id)
    run_jobs()
    (task,) = db.session.scalars(sa.select(Task).where(Task.kind == "council.publish_drafts")).all()
    assert task.due_on == rules.notice_by(clock.local(session.planned_at).date())
    assert "Publicēt lēmumu projektus" in sarma.get(page).get_data(as_text=True)
    with count_queries() as queries:
        looked = sarma.get(address).get_data(as_text=True)
    assert len(queries) <= 12, queries
    assert "150580-12345\nLiepu ielā 5-12" in looked and "[…]" in looked
    assert "tikai to, ka ir slēgts jautājums" in looked and f"open-{secret.id}" not in looked
    assert as_client("anna").get(address).status_code == 403

    wrong = sarma.post(address, data={**chosen, f"cover-{lease.id}": "Nav tāda"})
    assert wrong.status_code == 422 and "Nav tāda</textarea>" in wrong.get_data(as_text=True)
    assert sarma.post(address, data={f"open-{secret.id}": "1", f"cover-{secret.id}": ""}).status_code == 409
    assert "Bērziņa maksā" in sarma.post(address, data={**chosen, "look": "1"}).get_data(as_text=True)
    chosen[f"cover-{lease.id}"] += "\nAnna Bērziņa"
    assert sarma.post(address, data=chosen).status_code == 303
    run_jobs()
    assert "Publicēt lēmumu projektus" not in sarma.get(page).get_data(as_text=True)
    seen = walk(app, absent=("public.decision",))
    for where, text in seen.items():
        assert not [word for word in ("Bērziņ", "150580", "Slepen") if word in text], where
    (draft,) = [where for where in seen if where.startswith("/public/council/drafts/")]
    assert "Nolemj: iznomāt […] ([…]), dzīvo […], zemi." in seen[draft]
    assert "Par zemes nomu" in seen["/public/council/drafts.rss"] and "Par zemes nomu" in seen["/public/council/drafts"]
    assert "Par zemes nomu" not in seen["/public/council/decisions"] + seen["/public/council/decisions.rss"]
    assert "Par zemes nomu" in seen["/public/council/calendar.ics"].replace("\r\n ", "")
    paper_id = draft.rsplit("/", 1)[-1]
    schemas = {path.stem: Draft7Validator(json.loads(path.read_text())) for path in
               (shared_data / "oparl").glob("*.json")}  # fmt: skip
    browser = app.test_client()
    paper = browser.get(f"/oparl/v1/paper/{paper_id}").get_json()
    check(paper, schemas)
    check(browser.get(f"/oparl/v1/agendaitem/{lease.id}").get_json(), schemas)
    assert paper["paperType"] == "Lēmuma projekts" and paper["mainFile"]["size"]
    assert browser.get(f"/public/council/decisions/{paper_id}").status_code == 301

    council.edit_matter(dome.secretary, lease.id, title="Par zemes nomu Liepu ielā 5-12")
    run_jobs()
    assert "kopš tā laika mainīts" in sarma.get(address).get_data(as_text=True)
    assert "Par zemes nomu […]" in browser.get(f"/public/council/sessions/{session.id}").get_data(as_text=True)
    council.set_line(dome.secretary, lease.id, "", "private_life")
    run_jobs()
    assert "iznomāt" not in browser.get(draft).get_data(as_text=True)
    council.set_line(dome.secretary, lease.id, "", "")
    council.remove(dome.secretary, session.id, lease.id, "Vēlāk")
    make.matter(dome, "Par ielu", session)
    run_jobs()
    assert "Par zemes" not in browser.get(f"/public/council/sessions/{session.id}").get_data(as_text=True)
    council.place(dome.secretary, other.id, lease.id)
    council.invite(dome.secretary, other.id)
    run_jobs()  # what stood on one agenda stands on another now
    assert "Par zemes nomu" in browser.get(f"/public/council/sessions/{other.id}").get_data(as_text=True)
    assert "iznomāt" not in browser.get(draft).get_data(as_text=True)
    sarma.post(address.replace(str(session.id), str(other.id)), data=chosen)
    run_jobs()
    assert "iznomāt" in browser.get(draft).get_data(as_text=True)
    sarma.post(f"/council/matters/{lease.id}/draft/withdraw", data={"reason": "kļūda"})
    run_jobs()
    assert "iznomāt" not in browser.get(draft).get_data(as_text=True)


@pytest.mark.req("LAW-55")
def test_opinions_have_a_term_and_the_signed_text_stays(town, clock_at):
    """LAW-55: five working days after the minutes are signed; later only corrections as entries of their own."""
    dome, _session, _matter, _secret, minutes = town
    before = json.dumps(minutes.body)
    assert council.opinion_by(minutes) == clock.add_working_days(clock.today(), 5)
    council.add_correction(dome.secretary, minutes.id, "Pareizi: plkst. 10.15.")
    clock_at(f"{clock.add_working_days(clock.today(), 6)} 10:00")
    with pytest.raises(Conflict, match="38"):
        council.add_opinion(dome.members[1], minutes.id, 1, "Par vēlu.")
    assert [str(one.kind) for one in council.additions_of(minutes.id)] == ["correction"]
    assert json.dumps(council.get_minutes(SYSTEM, minutes.id).body) == before and minutes.state == PaperState.SIGNED


@pytest.mark.req("13.3")
def test_open_data_validates_and_a_crawler_reaches_every_item_and_file(town, app, run_jobs, shared_data):
    """From the System to each AgendaItem and File, each object checked against the published schema of OParl 1.1."""
    dome, _session, matter, _secret, minutes = town
    other = make.people(1, roles=("employee", "secretary"))[0]
    publish(dome, other, "decision", council.decision_of(SYSTEM, matter.id), [])
    publish(dome, other, "minutes", minutes, [])
    run_jobs()
    council.refresh_bodies()
    db.session.commit()
    schemas = {path.stem: Draft7Validator(json.loads(path.read_text())) for path in
               (shared_data / "oparl").glob("*.json")}  # fmt: skip
    browser, base = app.test_client(), app.extensions["pkip.settings"].base_url
    waiting, done, kinds = ["/oparl/v1"], set(), {}
    while waiting:
        address = waiting.pop()
        if address in done:
            continue
        done.add(address)
        response = browser.get(address)
        assert response.status_code == 200, address
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        if response.mimetype != "application/json":
            assert response.data.startswith(b"%PDF-"), address
            continue
        data = response.get_json()
        for one in data.get("data", [data]):
            check(one, schemas)
            kinds.setdefault(one["type"].rsplit("/", 1)[-1], set()).add(one["id"])
        text = response.get_data(as_text=True)
        waiting += re.findall(rf'"{re.escape(base)}(/(?:oparl/v1|public/council/files)[^"#]*)"', text)
    assert set(kinds) == set(schemas)
    with app.app_context():
        for kind, count in db.session.execute(
            sa.select(OpenObject.kind, sa.func.count()).where(~OpenObject.deleted).group_by(OpenObject.kind)
        ):
            assert len({k.casefold(): v for k, v in kinds.items()}[kind]) == count, kind
    assert sum(1 for address in done if "/files/" in address) >= 2

    item = browser.get(f"/oparl/v1/agendaitem/{matter.id}").get_json()
    (vote,) = item["pkip:votes"]
    assert vote["adopted"] and len(vote["names"]["par"]) == 5 and vote["why"]
    assert vote["names"]["pret"][0]["person"].endswith(str(dome.members[5].person_id))


def check(one, schemas):
    kind = one["type"].rsplit("/", 1)[-1]
    errors = [f"{kind} {error.json_path}: {error.message}" for error in schemas[kind].iter_errors(one)]
    assert errors == []
    for value in one.values():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict) and "type" in part and str(part["type"]).startswith("https://schema.oparl"):
                check(part, schemas)


def test_notice_with_covered_titles_stays_inside(app, run_jobs):
    """LAW-18: the notice is public as a file while its titles hide nothing."""
    documents.install_registers()
    dome = make.body(members=3)
    session = make.planned(dome)
    make.matter(dome, "Par budžetu", session)
    council.invite(dome.secretary, session.id)
    run_jobs()
    assert "invitation" in council.get_object("meeting", session.id).data
    make.matter(dome, "Par pabalstu personai 150580-12345", session)
    council.refresh_session(session.id)
    data = council.get_object("meeting", session.id).data
    assert "invitation" not in data and "150580" not in json.dumps(data)
    files = db.session.scalars(sa.select(OpenObject.deleted).where(OpenObject.kind == "file")).all()
    assert files == [True]


def test_lists_page_by_key_and_tell_what_changed(app):
    """OParl filters: created and modified since and until; deleted objects only for those who ask for changes."""
    now = clock.now()
    for n in range(130):
        db.session.add(OpenObject(id=redaction.uuid.uuid4(), kind="location", data={"id": f"~/oparl/v1/location/{n}"},
                                  digest="", on_at=now, created=now, modified=now + clock.timedelta(minutes=n),
                                  deleted=n == 129))  # fmt: skip
    db.session.commit()
    browser = app.test_client()
    first = browser.get("/oparl/v1/locations").get_json()
    base = app.extensions["pkip.settings"].base_url
    second = browser.get(first["links"]["next"].removeprefix(base)).get_json()
    assert len(first["data"]) == 100 and len(second["data"]) == 29 and "next" not in second["links"]
    assert {one["id"] for one in first["data"]}.isdisjoint(one["id"] for one in second["data"])
    since = (now + clock.timedelta(minutes=120)).isoformat()
    changed = browser.get("/oparl/v1/locations", query_string={"modified_since": since}).get_json()["data"]
    assert len(changed) == 10 and sum(1 for one in changed if one.get("deleted")) == 1
    assert browser.get("/oparl/v1/locations?modified_since=yesterday").status_code == 422
    cached = browser.get("/oparl/v1/locations").headers["ETag"]
    assert browser.get("/oparl/v1/locations", headers={"If-None-Match": cached}).status_code == 304


@pytest.mark.req("LAW-19", "LAW-52", "LAW-57", "LAW-58", "LAW-66")
def test_recording_is_tied_to_matters_published_and_taken_off(town, app, run_jobs, clock_at):
    """LAW-57: five working days; LAW-19: closed parts silent; LAW-58: off the website after five years."""
    dome, session, matter, _secret, _minutes = town
    (task,) = db.session.scalars(sa.select(Task).where(Task.kind == "council.recording")).all()
    assert task.due_on == clock.add_working_days(clock.local(session.closed_at).date(), 5)
    blob = storage.put(SYSTEM, b"OggS" + bytes(5000), name="sede.ogg")
    begin = matter.opened_at - clock.timedelta(seconds=90)
    kept = {"name": "sede.ogg", "sha256": blob.sha256, "size": blob.size_bytes}
    row = council.set_recording(dome.secretary, session.id, starts_at=begin, **kept)
    with pytest.raises(Invalid):
        council.set_recording(dome.secretary, session.id, link_url="http://example.com")
    assert dict((one.n, second) for one, second in council.marks_of(row, [matter])) == {1: 90}
    with pytest.raises(NotFound):
        council.public_recording(session.id)
    with pytest.raises(Invalid):
        council.publish_recording(dome.secretary, session.id)
    council.publish_recording(dome.secretary, session.id, blank_parts=True)
    run_jobs()
    browser = app.test_client()
    address = f"/public/council/recordings/{session.id}"
    part = browser.get(address, headers={"Range": "bytes=0-3"})
    assert part.status_code == 206 and part.data == b"OggS" and part.mimetype == "audio/ogg"
    assert 'data-second="90"' in browser.get(f"/public/council/sessions/{session.id}").get_data(as_text=True)
    day = db.session.scalar(sa.select(Recording.remove_by_on))
    assert day == clock.add_months(clock.today(), 60)
    clock_at(f"{day} 03:00")
    for _again in range(2):
        council.remove_due()
    run_jobs()
    assert browser.get(address).status_code == 404
    assert "data-second" not in browser.get(f"/public/council/sessions/{session.id}").get_data(as_text=True)
