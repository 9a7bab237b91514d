"""Minutes hold all that the law lists, and who reads nothing else can say who voted how, on what, and why it passed."""

import io
import json

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from portal.council import replay, rules
from portal.council import service as council
from portal.council.models import BallotKind, BodyKind, Minutes
from portal.council.service.papers import minutes_pdf
from portal.documents import service as documents
from portal.kernel import clock
from portal.kernel.db import db
from portal.kernel.errors import Invalid
from tests.council import factories as make


def words(data):
    pages = PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def field(text, number):
    """What stands under one heading of the law's list; 7 to 12 stand together."""
    heads = [
        "1. Sasaukšanas vieta",
        "2. Sēdes atklāšana",
        "3. Darba kārtība",
        "4. Sēdes vadītājs un",
        "5. Deputāti, kas",
        "6. Neierašanās",
        "7.–12. Jautājumi",
        "13. Citas ziņas",
    ]
    places, at = [], 0
    for head in heads:
        at = text.index(f" {head}", at) + 1
        places.append(at)
        at += len(head)
    n = {13: 7}.get(number, min(number, 7) - 1)
    return text[places[n] : (places + [len(text)])[n + 1]]


def votes_in(text):
    """Names by choice of the one vote in this text, read from its table."""
    marks = ["Par", "Pret", "Atturas", "Nebalsoja", "Nepiedalās balsojumā"]
    found, at = {}, text.index("Skaits Deputāti")
    for mark in marks:
        at = text.index(mark, at)
        found[mark] = at
    return {mark: text[start : found[marks[n + 1]] if n < 4 else len(text)] for n, (mark, start) in
            enumerate(found.items())}  # fmt: skip


@pytest.mark.req("13.3", "LAW-53")
def test_real_sessions_have_the_elements_of_law_53(app, shared_data, tmp_path):
    """LAW-53 over recorded sessions: each of the thirteen that they have."""
    data = json.loads((shared_data / "council" / "sessions.json").read_text(encoding="utf-8"))
    answer = replay.replay_file(data, tmp_path)
    for facts, done in zip(data["sessions"], answer["sessions"], strict=True):
        with open(done["minutes"], "rb") as file:
            text = words(file.read())
        kind = {"extraordinary": "ārkārtas sēde", "regular": "kārtējā sēde"}[facts["kind"]]
        day = ".".join(reversed(facts["date"].split("-")))
        assert kind in field(text, 1) and "atklāta" in field(text, 1) and day in field(text, 1)
        assert facts["opened"] in field(text, 2)
        assert all(one["title"] in field(text, 3) for one in facts["agenda"])
        assert f"{facts['chair']}. deputāts, deputāts" in field(text, 4) and "Protokolists" in field(text, 4)
        assert all(f"{who}. deputāts" in field(text, 5) for who in facts["present"])
        for one in facts["absent"]:
            assert f"{one['member']}. deputāts: {one.get('reason') or 'iemesls nav norādīts'}" in field(text, 6)
        for one in facts["agenda"]:
            if one["votes"]:
                votes = votes_in(field(text, 9))
                for key, mark in (("par", "Par"), ("pret", "Pret"), ("atturas", "Atturas")):
                    assert votes[mark].startswith(f"{mark} {len(one['votes'][key])}")
                    assert all(f"{who}. deputāts" in votes[mark] for who in one["votes"][key])
        assert (facts.get("information_item") or "13.") in field(text, 13)


@pytest.fixture
def full(app, run_jobs):
    """A session with everything that minutes can carry."""
    documents.install_registers()
    dome = make.body(members=9)
    session, (matter, second) = make.opened(dome, matters=2, present=7)
    council.mark(dome.secretary, session.id, dome.members[8].person_id, False, reason="komandējumā")
    council.open_matter(dome.chair, matter.id)
    speaker = council.add_speaker(dome.chair, matter.id, "Iveta Viesa", office="būvvaldes vadītāja", kind="report")
    council.give_floor(dome.chair, speaker.id)
    council.end_floor(dome.chair, speaker.id)
    council.add_remark(dome.chair, matter.id, "proposal", dome.members[1].person_id, "Atlikt līdz pavasarim.")
    council.add_remark(dome.chair, matter.id, "order", dome.chair.person_id, "Runāt īsi.")
    council.add_remark(dome.members[2], matter.id, "motive", dome.members[2].person_id, "Balsoju par darba vietām.")
    council.add_remark(dome.members[3], matter.id, "opinion", dome.members[3].person_id, "Cena ir par zemu.")
    council.pause_session(dome.chair, session.id, "tehniskas kļūmes dēļ", 10)
    council.resume_session(dome.chair, session.id)
    council.begin_closed_part(dome.chair, session.id, rules.ClosedGround.TRADE_SECRET)
    council.end_closed_part(dome.chair, session.id)
    ballot = council.open_ballot(dome.chair, matter.id)
    make.vote(dome, ballot.id, par=range(4), pret=[4], atturas=[5])
    council.close_ballot(dome.chair, ballot.id)
    council.open_matter(dome.chair, second.id)
    people = [(dome.members[n].name, dome.members[n].person_id) for n in (1, 2)]
    names = council.open_ballot(
        dome.chair, second.id, kind=BallotKind.CANDIDATES, question="Komisijas vadītājs", candidates=people
    )
    for n in range(6):
        council.cast_vote(dome.members[n], names.id, "par", option_id=names.options[0 if n < 5 else 1].id)
    council.close_ballot(dome.chair, names.id)
    council.close_session(dome.chair, session.id, "Darba kārtība izskatīta")
    run_jobs()
    minutes = council.draft_minutes(dome.secretary, session.id)
    council.update_minutes(
        dome.secretary, minutes.id, {"other": "Sēde pārraidīta tiešraidē.", "discussion": {"1": "Debates."}}
    )
    council.finalise(dome.secretary, minutes.id)
    db.session.commit()
    return dome, session, db.session.get_one(Minutes, minutes.id)


@pytest.mark.req("13.2", "13.3", "LAW-53")
def test_each_of_the_thirteen_elements(full):
    """LAW-53, one by one; and whoever reads only this can count the votes and repeat the rule."""
    dome, session, minutes = full
    text = words(minutes_pdf(minutes, session))
    name = [actor.name for actor in dome.members]
    checks = {
        1: ["Domes zāle", "kārtējā sēde", "atklāta sēde"],
        2: ["Atklāta", "slēgta", "Darba kārtība izskatīta"],
        3: ["Par 1. jautājumu", "Par 2. jautājumu"],
        4: [name[0], dome.secretary.name, "deputāts"],
        5: name[:7],
        6: [f"{name[8]}: komandējumā", f"{name[7]}: iemesls nav norādīts"],
        7: ["Iveta Viesa (būvvaldes vadītāja), Ziņojums"],
        8: ["Atlikt līdz pavasarim.", "Runāt īsi.", "Pārtraukums", "kļūmes", "Slēgtā daļa", "komercnoslēpums"],
        9: ["Pieņemts: par 4, pret 1, atturas 1", "likum", "lēmums Nr. 1/"],
        10: [name[4], name[5], name[6]],
        11: [f"Balsošanas motīvs – {name[2]}: Balsoju par darba vietām."],
        12: [f"Viedoklis – {name[3]}: Cena ir par zemu."],
        13: ["Sēde pārraidīta tiešraidē."],
    }  # fmt: skip
    for number, wanted in checks.items():
        part = field(text, number)
        assert [one for one in wanted if one not in part] == [], (number, part)
    # who reads only the minutes repeats the result with the law alone
    votes = votes_in(field(text, 10))
    assert [one in votes["Par"] for one in name[:4]] == [True] * 4
    assert name[4] in votes["Pret"] and name[5] in votes["Atturas"] and name[6] in votes["Nebalsoja"]
    (first,) = minutes.body["matters"][0]["ballots"]
    again = rules.decide(rules.Rule.PRESENT_MAJORITY, par=4, pret=1, atturas=1, seats=9)
    assert (again.adopted, again.why) == (first["adopted"], first["why"])
    (chosen,) = minutes.body["matters"][1]["ballots"]
    options = [(one["name"], one["votes"], one["elected"]) for one in chosen["options"]]
    assert options == [(name[1], 5, True), (name[2], 1, False)]
    assert set(chosen["options"][0]["voters"]) == set(name[:5])


@pytest.mark.req("13.3", "LAW-65", "LAW-67")
def test_committee_minutes_have_what_law_65_lists(app):
    """LAW-65: times, members and others present, chair, minute-taker, open or closed, agenda, decisions by name."""
    where = make.body(BodyKind.COMMITTEE, members=5)
    make.body(members=9)
    session, (matter,) = make.opened(where)
    ballot = make.ballot(where, matter)
    guest = council.add_speaker(where.chair, matter.id, "Juris Ciemiņš", office="jurists")
    council.give_floor(where.chair, guest.id)
    make.vote(where, ballot.id, par=range(3), pret=[3], atturas=[4])
    council.close_ballot(where.chair, ballot.id)
    council.close_session(where.chair, session.id)
    body = council.draft_minutes(where.secretary, session.id).body
    assert body["times"]["opened_at"] and body["times"]["closed_at"] and body["place_time"]["open"] is True
    assert len(body["attended"]) == 5 and body["others"] == [{"name": "Juris Ciemiņš", "office": "jurists"}]
    assert body["officers"]["chair"]["name"] == where.chair.name and body["officers"]["minute_taker"]
    assert [one["title"] for one in body["agenda"]] == [matter.title]
    assert len(body["matters"][0]["ballots"][0]["names"]["par"]) == 3
    assert db.session.scalar(sa.select(Minutes.sign_by_on)) == clock.add_working_days(clock.today(), 5)  # LAW-67


@pytest.mark.req("13.3")
def test_minutes_go_out_as_a_word_file_and_come_back(app):
    """Typed parts are taken over after a look, each saving leaves a version; a file that changes a vote is refused."""
    import docx

    dome = make.body(members=9)
    session, (matter,) = make.opened(dome)
    ballot = make.ballot(dome, matter)
    make.vote(dome, ballot.id, par=range(6), pret=[6], atturas=[7])
    council.close_ballot(dome.chair, ballot.id)
    council.close_session(dome.chair, session.id)
    minutes = council.draft_minutes(dome.secretary, session.id)
    council.update_minutes(dome.secretary, minutes.id, {"other": "Sākums.", "discussion": {1: "Viens.\nDivi."}})
    data, _number = council.minutes_docx(dome.secretary, minutes.id)

    def edited(before, after):
        file = docx.Document(io.BytesIO(data))
        for paragraph in file.paragraphs:
            paragraph.text = paragraph.text.replace(before, after)
        out = io.BytesIO()
        file.save(out)
        return out.getvalue()

    same = {"other": "Sākums.", "discussion": {"1": "Viens.\nDivi."}}
    assert council.read_back(dome.secretary, minutes.id, data) == same
    typed = council.read_back(dome.secretary, minutes.id, edited("Divi.", "Divi un trīs."))
    council.update_minutes(dome.secretary, minutes.id, typed)
    assert minutes.body["matters"][0]["discussion"] == "Viens.\nDivi un trīs."
    for before, after in (("Pret (1)", "Pret (2)"), (dome.members[6].name, dome.members[5].name), ("[other]", "")):
        with pytest.raises(Invalid) as refused:
            council.read_back(dome.secretary, minutes.id, edited(before, after))
        assert refused.value.field == "file"
    with pytest.raises(Invalid):
        council.read_back(dome.secretary, minutes.id, b"not a file")
    versions = council.minutes_versions(dome.secretary, minutes.id)
    assert [one.number for one in versions] == [1, 2] and versions[1].body["other"] == "Sākums."


def test_next_session_approves_the_minutes_where_the_rules_of_procedure_say_so(app):
    dome = make.body(members=9)
    session, (matter,) = make.opened(dome)
    later = make.planned(dome, days=40)
    council.set_procedure(dome.secretary, speech_minutes={}, change_vote=False, approve_minutes=True)
    council.open_matter(dome.chair, matter.id)
    council.note_matter(dome.chair, matter.id)
    council.close_session(dome.chair, session.id)
    council.finalise(dome.secretary, council.draft_minutes(dome.secretary, session.id).id)
    title = f"Par protokola Nr. {session.number}/{session.year} apstiprināšanu"
    assert [one.title for one in council.agenda(dome.secretary, later.id)] == [title]
    again = make.planned(dome, days=60)
    assert council.agenda(dome.secretary, again.id) == []
