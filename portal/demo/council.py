"""Council, committees and their sessions, held through the same services as on the screens."""

from datetime import date, time, timedelta

from portal.council import service as council
from portal.council.models import ActKind, BodyKind, Choice, Office, PayBasis, SessionKind, Subject
from portal.demo import stories
from portal.demo.accounts import PIN
from portal.demo.outside import work_off
from portal.demo.time import at
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.signing import service as signing

COMMITTEES = (
    ("Finanšu komiteja", "Finanses", 1), ("Attīstības un vides komiteja", "Attīstība", 2),
    ("Izglītības, kultūras un sociālo jautājumu komiteja", "Izglītība", 3),
)  # fmt: skip
FACTIONS = ("Ozolpils apvienība", "Novada attīstībai", "Zaļie pagasti")
TERM_BEGAN = date(2025, 7, 1)  # the council that was elected in June 2025
LIGHTS = """Dome nolemj:

1. Nomainīt ielu apgaismojumu Upmalē, izmantojot pašvaldības budžeta līdzekļus 18 400 euro apmērā.
2. Uzdot Komunālajai nodaļai līdz 2027. gada 1. martam sagatavot iepirkuma dokumentus."""
LEASE = """Dome nolemj:

1. Iznomāt zemes gabalu 1 200 m² platībā Upes ielā 14 personai ar personas kodu 010190-12345 uz pieciem gadiem.
2. Noteikt nomas maksu 36 euro gadā."""
CLAIM = """Dome nolemj:

1. Pilnvarot izpilddirektoru celt prasību tiesā par līgumsoda piedziņu."""
TRADE = """1. Noteikumi nosaka kārtību, kādā Ozolpils novadā saskaņo ielu tirdzniecību.
2. Ielu tirdzniecība notiek darba dienās no plkst. 7.00 līdz 21.00."""
SECTIONS = ("aim", "fiscal", "impact", "procedures", "functions", "enforcement", "proportionality")
NOTES = ("Tirdzniecības vietu saskaņošanai vajadzīga vienota kārtība.", "Ietekme ir neliela un aprēķināta pielikumā.")
PLACE = "Domes sēžu zāle, Tirgus laukums 1, Ozolpils"


def found(town):
    """The council of 15 and three committees. Returns (council, committees)."""
    secretary = town.actors["sarma"].person_id
    dome = council.add_body(SYSTEM, BodyKind.COUNCIL, "Ozolpils novada dome", "Dome", 15,
                            chair_id=town.members[0].person_id, deputy_chair_id=town.members[1].person_id,
                            minute_taker_id=secretary, since=TERM_BEGAN)  # fmt: skip
    addresses = {one.id: one.email for one in identity.list_people(SYSTEM)}
    named = [f"{member.name}\t{FACTIONS[turn % 5 // 2]}\t{addresses[member.person_id]}"
             for turn, member in enumerate(town.members)]  # fmt: skip
    council.begin_convocation(SYSTEM, "Deputāts\tFrakcija\tE-pasts\n" + "\n".join(named), "2025. gada sasaukums", 15,
                              TERM_BEGAN)  # fmt: skip
    council.set_procedure(SYSTEM, speech_minutes=council.procedure_choices().speech_minutes, change_vote=False,
                          tool_decision="Domes 2025. gada 3. jūlija lēmums Nr. 4",
                          remote_joining="Pašvaldības nolikuma 31. punkts", tie_rule="Izloze")  # fmt: skip
    committees = []
    for name, short_name, place in COMMITTEES:
        seats = [town.members[0], *town.members[place::3]][:5]
        body = council.add_body(SYSTEM, BodyKind.COMMITTEE, name, short_name, len(seats),
                                chair_id=seats[0 if place < 3 else 1].person_id, minute_taker_id=secretary,
                                since=TERM_BEGAN, is_finance=place == 1)  # fmt: skip
        for member in seats:
            council.add_member(SYSTEM, body.id, member.person_id, since=TERM_BEGAN)
        council.set_template(SYSTEM, body.id, 2, time(10), PLACE, ["Par komitejas darba kārtību"])
        committees.append((body, seats))
    council.set_template(SYSTEM, dome.id, 3, time(14), PLACE, ["Par darba kārtību", "Izpilddirektora ziņojums"])
    return (dome, town.members), committees


def hold_past(town, writer, store, dome, committees, weeks, progress):
    """For each number of weeks ago: a committee session, the council's a week later, and the cases that they decided.
    Of the last one the papers still wait for people."""
    for turn, ago in enumerate(weeks):
        last = turn == len(weeks) - 1 and turn > 0
        body, seats = committees[turn % len(committees)]
        day = clock.next_working_day(clock.today() - timedelta(weeks=ago))
        told = stories.begin(town, writer, store, body, day, stories.OPEN if last else stories.ENDED)
        first = _hold(town, writer, body, seats, clock.at_local(day, 10), {}, 3)
        _finish_minutes(town, first, clock.next_working_day(day + timedelta(days=1)))
        day = clock.next_working_day(day + timedelta(days=7))
        against = {story.case_id for story in told if not story.granted}
        second = _hold(town, writer, dome[0], dome[1], clock.at_local(day, 14), against, 2 if last else 3)
        day = clock.next_working_day(day + timedelta(days=1))
        with at(clock.at_local(day, 9)):
            _sign_all(town, "decision", 1 if last else None)
        if not last:
            _finish_minutes(town, second, day)
        stories.finish(told, clock.next_working_day(day + timedelta(days=1)))
        progress(f"domes un komiteju sēdes: {turn + 1} / {len(weeks)}")


def register(town, dome):
    """Rates of the council, a declared interest, and the statement of the month before, which waits for the chair."""
    secretary, body = town.actors["sarma"], dome[0]
    deputy, chair = (PayBasis.HOUR, Office.DEPUTY_CHAIR, 1600), (PayBasis.MONTH, Office.CHAIR, 420_000)
    for basis, office, cents in ((PayBasis.HOUR, None, 1250), deputy, chair):
        council.add_rate(
            secretary, body.id, basis, cents, TERM_BEGAN, "Domes 2025. gada 3. jūlija lēmums Nr. 5", office
        )
    council.add_interest(town.actors["dace"], "SIA „Ozolpils siltums”", "padomes locekle", "40003012345")
    last = clock.today().replace(day=1) - timedelta(days=1)
    council.submit_statement(secretary, body.id, last.replace(day=1), last)


def _finish_minutes(town, session, day):
    """The minutes become final, and chair and minute-taker sign them."""
    with at(clock.at_local(day, 10)):
        council.finalise(town.actors["sarma"], council.minutes_of(town.actors["sarma"], session.id).id)
        work_off()
        _sign_all(town, "minutes")


def _sign_all(town, about_kind, most=None):
    """Those whose turn it is sign the papers of this kind."""
    for actor in (town.members[0], town.members[3], town.actors["sarma"]):  # those who chair, and the secretary
        waiting = [one for one in signing.list_for_person(actor) if one.about_kind == about_kind]
        for asked in waiting[:most]:
            signing.sign(actor, asked.id, PIN)
    work_off()


def plan_coming(town, writer, dome, committees):
    """A coming session of the council and of each committee, from their templates, with matters waiting for a place."""
    secretary = town.actors["sarma"]
    for place, (body, _seats) in enumerate([*committees, dome]):
        day = clock.next_working_day(clock.today() + timedelta(days=6 + place))
        council.create_session(secretary, body.id, SessionKind.REGULAR, clock.at_local(day, 10 + place), PLACE)
        _propose(secretary, writer, body)
    _drafts_on_their_way(town, committees)


def announce(town, writer, dome):
    """A session of the council to which its members are called: its drafts are public, one matter is closed, the
    tablets are tried by a vote, one member has answered."""
    secretary, body = town.actors["sarma"], dome[0]
    day = clock.next_working_day(clock.today() + timedelta(days=15))
    session = council.create_session(
        secretary, body.id, SessionKind.REGULAR, clock.at_local(day, 14), PLACE, template=False
    )
    for _turn in range(2):
        council.place(secretary, session.id, _propose(secretary, writer, body).id)
    lease = council.propose(
        secretary, title="Par zemes gabala nomu", draft_text=LEASE, kind=ActKind.INDIVIDUAL, body_id=body.id
    )
    heard = council.propose(
        secretary, title="Par pašvaldības prasību tiesā", draft_text=CLAIM, kind=ActKind.INDIVIDUAL, body_id=body.id
    )
    for matter in (lease, heard):
        council.place(secretary, session.id, matter.id)
    council.set_line(secretary, heard.id, "Slēgtā daļa", "other_law")
    council.invite(secretary, session.id)
    _session, lines = council.drafts_for_public(secretary, session.id)
    council.publish_drafts(secretary, session.id, {one.matter.id: one.covers for one in lines if not one.closed})
    council.answer_invitation(dome[1][2], session.id, "Piedalīšos")
    council.begin_rehearsal(secretary, session.id)
    council.try_vote(dome[1][3], session.id, Choice.FOR)


def _drafts_on_their_way(town, committees):
    """A template, a draft of two versions with an amendment, and binding regulations on which the public writes."""
    secretary, dace = town.actors["sarma"], town.actors["dace"]
    council.save_template(
        secretary, name="Zemes nomas tiesību piešķiršana", act_kind=ActKind.INDIVIDUAL, subject=Subject.GENERAL,
        text="Pamatojoties uz Pašvaldību likuma 10. panta pirmās daļas 16. punktu, dome nolemj:\n\n1. Iznomāt …",
        note="Kāpēc zemi iznomā un par kādu maksu.", legal_basis="Pašvaldību likuma 10. panta pirmās daļas 16. punkts",
    )  # fmt: skip
    lights = council.propose(
        secretary, title="Par ielu apgaismojuma nomaiņu Upmalē", draft_text=LIGHTS, kind=ActKind.INDIVIDUAL,
        body_id=committees[1][0].id, note="Gaismekļi ir nolietojušies.", amount_cents=1_840_000,
        budget_line="06.400 Ielu apgaismojums", submitter="director",
    )  # fmt: skip
    council.edit_matter(secretary, lights.id, draft_text=LIGHTS.replace("2027. gada 1. martam", "2027. gada 1. maijam"))
    council.propose_amendment(
        secretary, lights.id, author_id=dace.person_id, old_text="18 400 euro", new_text="16 000 euro",
        reason="Daļu darbu paveic Komunālā nodaļa.",
    )  # fmt: skip
    trade = council.propose(
        secretary, title="Par ielu tirdzniecību Ozolpils novadā", draft_text=TRADE, kind=ActKind.EXTERNAL_REGULATION,
        body_id=committees[0][0].id, submitter="director",
    )  # fmt: skip
    regulation = council.begin_regulation(secretary, trade.id, "municipal")
    council.save_note(secretary, regulation.id, {key: NOTES[n % len(NOTES)] for n, key in enumerate(SECTIONS)})
    council.publish_draft(secretary, regulation.id, clock.today() + timedelta(days=21))
    council.send_opinion(regulation.id, "Ilze Avotiņa", "Lūdzu atļaut tirgoties arī svētdienās Tirgus laukumā.", "")


def _hold(town, writer, body, seats, starts_at, against, count):
    """One session from invitation to closing. Who is absent and how members vote varies, except on cases, which pass
    unless they are among `against`. Returns the Session."""
    secretary = town.actors["sarma"]
    chair = next(member for member in seats if member.person_id == body.chair_id)
    with at(starts_at - timedelta(days=6)):
        session = council.create_session(secretary, body.id, SessionKind.REGULAR, starts_at, PLACE, template=False)
        matters = sorted(council.pool(secretary, body.id), key=lambda matter: matter.case_id is None)[:count]
        matters += [_propose(secretary, writer, body) for _ in range(count - len(matters))]
        matters = [council.place(secretary, session.id, matter.id) for matter in matters]
        council.invite(secretary, session.id)
    away = set(writer.random.sample(range(1, len(seats)), 2 if len(seats) > 10 else 0))
    with at(starts_at):
        for place, member in enumerate(seats):
            council.mark(secretary, session.id, member.person_id, place not in away,
                         reason="slimība" if place in away else None)  # fmt: skip
        council.open_session(chair, session.id)
    for turn, matter in enumerate(matters):
        with at(starts_at + timedelta(minutes=5 + 12 * turn)):
            council.open_matter(chair, matter.id)
            ballot = council.open_ballot(chair, matter.id)
            for place, member in enumerate(seats):
                if place not in away:
                    council.cast_vote(member, ballot.id, _choice(writer, place, matter.case_id, against))
            council.close_ballot(chair, ballot.id)
    with at(starts_at + timedelta(minutes=20 + 12 * len(matters))):
        council.close_session(chair, session.id, "Darba kārtība izskatīta")
        council.draft_minutes(secretary, session.id)
        work_off()
    return session


def _choice(writer, place, case_id, against):
    if case_id in against:
        return Choice.ABSTAIN if place == 0 else Choice.AGAINST
    if place == 0 or case_id:
        return Choice.FOR
    return writer.random.choices((Choice.FOR, Choice.AGAINST, Choice.ABSTAIN), weights=(14, 1, 2))[0]


def _propose(actor, writer, body):
    letter = writer.decision()
    return council.propose(actor, title=letter.title, draft_text=letter.text, kind=list(ActKind)[0], body_id=body.id)
