"""Replaying recorded sessions through the same services as the screens, in an empty instance of its own.

The file's form: {"sessions": [{"kind", "number", "date", "opened", "closed"?, "members", "chair", "present": [n],
"absent": [{"member", "reason"?}], "arrivals"?: [{"member", "time"}], "departures"?: the same, "agenda": [{"n", "title",
"time"?, "rule"?, "act_kind"?, "votes": {"par", "pret", "atturas", "nepiedalas"?} or null, "adopted"?}]}]}. Members are
numbers; times are HH:MM in Riga. A session with "body": "committee" is one of a committee."""

import math
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

from portal.council import service as council
from portal.council.models import ActKind, BodyKind, Choice, Rule, SessionKind
from portal.identity import service as identity
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.config import Settings, settings
from portal.kernel.db import db
from portal.kernel.errors import Conflict, Forbidden

CHOICES = tuple(str(choice) for choice in Choice)


class WrongFile(Exception):
    """The file does not have the form of sessions; the message says what is wrong and where."""


def replay_file(data, folder):
    """Replay everything in a fresh temporary instance. folder: where the minutes' PDFs are put.

    Returns {"sessions": [{"minutes", "matters": [...]}], "mismatches": [text]}. Raises WrongFile."""
    from portal.app import create_app

    check(data)
    name = settings().municipality
    with tempfile.TemporaryDirectory(prefix="pkip-replay-") as place:
        app = create_app(Settings.for_tests(Path(place), municipality=name))
        with app.app_context():
            try:
                db.create_all()
                identity.install_roles()
                db.session.commit()
                return _replay_all(data, Path(folder))
            finally:
                db.session.remove()
                db.engine.dispose()


def check(data):
    """Raise WrongFile unless the data have the form of sessions."""
    if not isinstance(data, dict) or not isinstance(data.get("sessions"), list):
        raise WrongFile('the file needs a list "sessions"')
    for place, session in enumerate(data["sessions"], start=1):
        where = f"session {place}"
        for field, kind in (
            ("kind", str),
            ("date", str),
            ("opened", str),
            ("members", int),
            ("chair", int),
            ("present", list),
            ("agenda", list),
        ):
            if not isinstance(session.get(field), kind):
                raise WrongFile(f'{where}: "{field}" is missing or is not {kind.__name__}')
        if session["kind"] not in ("regular", "extraordinary", "repeat"):
            raise WrongFile(f'{where}: "kind" is regular, extraordinary or repeat')
        try:
            date.fromisoformat(session["date"])
            _check_people(session)
            for matter in session["agenda"]:
                Rule(matter.get("rule") or Rule.PRESENT_MAJORITY)
                ActKind(matter.get("act_kind") or ActKind.INDIVIDUAL)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WrongFile(f"{where}: {error}") from error


def _check_people(session):
    numbers = [session["chair"], *session["present"]]
    for field in ("absent", "arrivals", "departures"):
        numbers += [entry["member"] for entry in session.get(field) or ()]
    for matter in session["agenda"]:
        numbers += [who for names in (matter.get("votes") or {}).values() for who in names]
    for who in numbers:
        if not (isinstance(who, int) and 1 <= who <= session["members"]):
            raise ValueError(f"there is no member {who!r} of {session['members']}")
    for entry in [session, *(session.get("arrivals") or ()), *(session.get("departures") or ()), *session["agenda"]]:
        for field in ("opened", "closed", "time"):
            if entry.get(field) is not None:
                datetime.strptime(entry[field], "%H:%M")


def _replay_all(data, folder):
    done, mismatches = [], []
    for place, facts in enumerate(data["sessions"], start=1):
        matters, minutes, mark = _Replay(facts, place).run()
        path = folder / f"protokols-{place}-{facts['date']}.pdf"
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(minutes)
        done.append({"kind": facts["kind"], "date": facts["date"], "minutes": str(path.resolve()), "matters": matters})
        mismatches += [f"{mark} {facts['date']}, {text}" for text in _differences(facts, matters)]
    return {"sessions": done, "mismatches": mismatches}


def _differences(facts, matters):
    """Where the replayed result is not the one in the file."""
    found = []
    for recorded, replayed in zip(facts["agenda"], matters, strict=True):
        wanted = recorded.get("adopted")
        if wanted is not None and recorded.get("votes") is not None and replayed["adopted"] != wanted:
            found.append(f"{recorded['n']}: {replayed['adopted']} ≠ {wanted}. {replayed['why']}")
    return found


class _Replay:
    """One session: a body of numbered members of its own, and the acts in the order of their times."""

    def __init__(self, facts, place):
        self.facts, self.place = facts, place
        self.day = date.fromisoformat(facts["date"])
        self.start = self.now = self._at(facts["opened"])
        self.moves = sorted(
            [(self._at(one["time"]), "arrive", one["member"]) for one in facts.get("arrivals") or ()]
            + [(self._at(one["time"]), "leave", one["member"]) for one in facts.get("departures") or ()]
        )

    def run(self):
        """Returns the matters' results, the minutes' PDF and what the body is called."""
        self._set_clock(self.start - timedelta(days=15))
        self._gather()
        self._prepare()
        self._open()
        matters = [self._matter(one, matter) for one, matter in zip(self.facts["agenda"], self.matters, strict=True)]
        return matters, self._finish(), f"{self.body.short_name} {self.place}:"

    # --- setting up ---

    def _gather(self):
        committee = self.facts.get("body") == "committee"
        count = self.facts["members"]
        self.actors = {}
        for number in range(1, count + 1):
            self.actors[number] = self._person(f"{number}.", "member", "deputāts")
        self.secretary = self._person("", "secretary", self.facts.get("minutes_by") or "sekretārs")
        name = f"{'Komiteja' if committee else 'Dome'} {self.place}"
        self.body = council.add_body(
            SYSTEM,
            BodyKind.COMMITTEE if committee else BodyKind.COUNCIL,
            name,
            name,
            count,
            chair_id=self.actors[self.facts["chair"]].person_id,
            minute_taker_id=self.secretary.person_id,
        )
        for actor in self.actors.values():
            council.add_member(SYSTEM, self.body.id, actor.person_id)
        if committee:  # what a committee supports goes on to a council
            council.add_body(SYSTEM, BodyKind.COUNCIL, f"Dome {self.place}", f"Dome {self.place}", count)
        self.chair = self.actors[self.facts["chair"]]

    def _person(self, given, role, position):
        username = f"replay-{self.place}-{role}-{given or 0}".rstrip(".")
        person = identity.add_person(
            SYSTEM,
            given or "Protokolists",
            "deputāts" if given else str(self.place),
            f"{username}@localhost",
            position,
            None,
            username,
            None,  # nobody signs in
        )
        identity.give_role(SYSTEM, person.id, role)
        return identity.actor_for(person.id)

    def _prepare(self):
        kind = SessionKind(self.facts["kind"])
        extraordinary = kind == SessionKind.EXTRAORDINARY
        self.session = council.create_session(
            self.secretary,
            self.body.id,
            SessionKind.REGULAR if kind == SessionKind.REPEAT else kind,
            self.start,
            self.facts.get("place") or "Sēžu zāle",
            template=False,
            urgency="Atskaņota sēde" if extraordinary else None,
        )
        self.matters = []
        for one in self.facts["agenda"]:
            matter = council.propose(
                self.secretary,
                title=one["title"],
                draft_text=one["title"],
                body_id=self.body.id,
                kind=one.get("act_kind") or ActKind.INDIVIDUAL,
                rule=one.get("rule") or Rule.PRESENT_MAJORITY,
                urgency="Atskaņota sēde" if extraordinary else None,
            )
            matter.rapporteur_text = one.get("reported_by")
            self.matters.append(council.place(self.secretary, self.session.id, matter.id))
        council.invite(self.secretary, self.session.id)

    def _open(self):
        self._set_clock(self.start)
        later = {who for _time, what, who in self.moves if what == "arrive"}
        first = {who: next(what for _time, what, other in self.moves if other == who) for who in later}
        for who in self.facts["present"]:
            if first.get(who) != "arrive":  # listed as present, but came later
                council.mark(self.secretary, self.session.id, self.actors[who].person_id, True)
        for one in self.facts.get("absent") or ():
            council.mark(
                self.secretary, self.session.id, self.actors[one["member"]].person_id, False, reason=one.get("reason")
            )
        council.open_session(self.chair, self.session.id)

    # --- the matters ---

    def _matter(self, one, matter):
        votes = one.get("votes")
        self._reach(self._time_of(one, votes))
        council.open_matter(self.chair, matter.id)
        quorum = council.quorum(self.session)
        line = {
            "n": one["n"],
            "title": one["title"],
            "present": quorum.present,
            "quorum": quorum.reached,
            "quorum_needed": quorum.needed,
            "par": None,
            "pret": None,
            "atturas": None,
            "nepiedalas": None,
            "rule": str(matter.rule),
            "adopted": None,
            "why": quorum.why,
        }
        if votes is None:
            council.note_matter(self.chair, matter.id)
            return line
        self._tick()
        return line | self._vote(matter, votes)

    def _vote(self, matter, votes):
        try:
            ballot = council.open_ballot(self.chair, matter.id)
        except Forbidden as refusal:  # no quorum: there is no vote, and the chair goes on
            return {"par": 0, "pret": 0, "atturas": 0, "nepiedalas": 0, "adopted": False, "why": refusal.message} | (
                self._postponed(matter)
            )
        refused = []
        for choice in CHOICES:
            for who in votes.get(choice) or ():
                try:
                    with db.session.no_autoflush:
                        council.cast_vote(self.actors[who], ballot.id, choice)
                except (Conflict, Forbidden) as error:
                    refused.append({"member": who, "choice": choice, "why": error.message})
        self._tick()
        result = council.close_ballot(self.chair, ballot.id)
        answer = {
            "par": result.par,
            "pret": result.pret,
            "atturas": result.atturas,
            "rule": result.rule,
            "nepiedalas": len(result.not_voted) + len(result.recused),
            "adopted": result.adopted,
            "why": result.why,
            "law": result.law,
        }
        return answer | ({"refused": refused} if refused else {})

    def _postponed(self, matter):
        """A matter that could not be voted on is passed over, so that the next one can open."""
        council.note_matter(self.chair, matter.id)
        return {}

    def _time_of(self, one, votes):
        """When a matter was voted on: as written, else when its voters had come and the others had left."""
        if one.get("time"):
            return max(self._at(one["time"]), self.now)
        if not votes:
            return self.now
        named = {who for names in votes.values() for who in names}
        late = [
            time
            for time, what, who in self.moves
            if (what == "arrive" and who in named) or (what == "leave" and who not in named)
        ]
        return max([self.now, *(time for time in late if self._is_next(time, named))])

    def _is_next(self, time, named):
        """Whether going on to this time keeps every named voter in the room."""
        return not any(
            what == "leave" and who in named and self.now < moment <= time for moment, what, who in self.moves
        )

    def _reach(self, time):
        """Let time pass: members come and go on the way."""
        while self.moves and self.moves[0][0] <= time:
            moment, what, who = self.moves.pop(0)
            self._set_clock(max(moment, self.now))
            council.mark(self.secretary, self.session.id, self.actors[who].person_id, what == "arrive")
        self._set_clock(max(time, self.now))

    def _finish(self):
        from portal.council.service.papers import minutes_pdf

        closed = self.facts.get("closed")
        end = self._at(closed) if closed else self.now
        self._reach(max([end, self.now, *(time for time, _what, _who in self.moves)] if closed else [self.now]))
        council.close_session(self.chair, self.session.id, "Darba kārtība izskatīta")
        minutes = council.draft_minutes(self.secretary, self.session.id)
        if self.facts.get("information_item"):
            council.update_minutes(self.secretary, minutes.id, {"other": self.facts["information_item"]})
        minutes = council.finalise(self.secretary, minutes.id)
        data = minutes_pdf(minutes, self.session)
        db.session.commit()
        return data

    # --- time ---

    def _at(self, text):
        hour, minute = text.split(":")
        return clock.at_local(self.day, int(hour), int(minute))

    def _tick(self):
        self._set_clock(self.now + timedelta(seconds=1))

    def _set_clock(self, moment):
        """The instance's clock shows this moment; what was done before is kept."""
        self.now = moment
        db.session.commit()
        clock.set_offset(math.ceil((moment - clock.real_now()).total_seconds()))  # never a minute earlier
