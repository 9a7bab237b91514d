"""Bringing the directory to what the register says: one person at once, or everything.

The register is the truth and the directory can always be made anew from it. Nothing is locked while the directory is
asked; after each writing the register is read again, so that what changed meanwhile is written too."""

import time
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
from ldap.filter import escape_filter_chars

from portal.audit import service as audit
from portal.identity import policy
from portal.identity.adapters.ldap import LdapDirectory, same_name
from portal.identity.events import ReconciliationAsked
from portal.identity.models import DirectoryRun, DirectoryState, Person, RunState, Unit
from portal.identity.ports import Change, Failure
from portal.identity.service.directory.entries import EVERYTHING, Scope, after, differences, groups_of, standing, wanted
from portal.kernel import clock
from portal.kernel.access import SYSTEM
from portal.kernel.config import settings
from portal.kernel.db import db, reading, released, short_transaction
from portal.kernel.errors import Conflict, ExternalRefused, ExternalUnavailable, NotFound, PortalError, ensure
from portal.kernel.events import Outbox, OutboxState, announce
from portal.kernel.i18n import _

SHOWN = 200  # differences that a report keeps
_ROUNDS = 5
_RUNS_KEPT = timedelta(days=90)
_SECRET = "userPassword"  # noqa: S105 - the attribute's name


def is_on() -> bool:
    """Is there a directory to write?"""
    return bool(settings().ldap.url)


def connect() -> LdapDirectory:
    """Our own directory, as its writer."""
    own = settings().ldap
    return LdapDirectory(own.url, own.user, own.password, own.ca)


@dataclass
class Outcome:
    """What a writing has done, by kind of act and name; and what the directory did not take."""

    entries: int = 0
    changes: dict[tuple[str, str], Change] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)


def write_person(person_id):
    """Bring one person's entry and groups up to date (1.2)."""
    if is_on():
        with _watched():
            outcome = _bring(Scope(people=frozenset([person_id])), person_id)
            if outcome.failures:  # a group or a branch that is not there yet
                outcome = _bring(Scope(people=frozenset([person_id]), units=True, groups=True, frame=True))
            _ensure_taken(outcome)
            if any(act != "change" for act, _dn in outcome.changes):  # entries of those led name their head
                headed = sa.select(Unit.id).where(Unit.head_id == person_id)
                led = sa.select(Person.id).where(Person.unit_id.in_(headed))
                people = _undisturbed(lambda: frozenset(db.session.scalars(led)))
                _ensure_taken(_bring(Scope(people=people)))


def write_unit(unit_id):
    """Bring the units, their groups, and the people of one unit up to date."""
    if is_on():
        with _watched():
            people = _undisturbed(lambda: frozenset(db.session.scalars(_people_about(unit_id))))
            _ensure_taken(_bring(Scope(people=people, units=True, groups=True)))


def write_groups():
    """Bring all groups up to date, and what applications may read."""
    if is_on():
        with _watched():
            _ensure_taken(_bring(Scope(groups=True, frame=True)))


def _people_about(unit_id):
    return sa.select(Person.id).where(Person.unit_id == unit_id)


def _bring(scope, person_id=None) -> Outcome:
    """Write until nothing differs. The register is read again after each writing, so whoever writes last, writes what
    is true: two jobs at once, or a change during a long comparison, leave nothing old behind."""
    outcome, refused, have = Outcome(), None, None
    for _round in range(_ROUNDS):
        want, mine = _undisturbed(lambda: (wanted(scope), groups_of(person_id) if person_id else None))
        with connect() as directory:
            if have is None or scope is not EVERYTHING:  # everything is read once: what was written is known
                have = standing(directory, scope)
            changes = differences(want, have)
            if person_id:
                changes += _memberships(directory, changes, want, mine)
            outcome.failures = directory.apply(changes)
        have = after(have, changes, outcome.failures)
        outcome.entries = len(want)
        outcome.changes |= {(change.act, change.dn): change for change in changes}
        names_refused = {failure.change.dn for failure in outcome.failures}
        if not changes or (names_refused and names_refused == refused):
            break
        refused = names_refused
    return outcome


def _undisturbed(function):
    """What a function reads from the register; nobody who writes waits for it, and no lock is held afterwards."""
    with released(), reading():
        found = function()
        db.session.rollback()
    return found


def _ensure_taken(outcome):
    for failure in outcome.failures:
        raise ExternalRefused(
            _("The directory did not take %(dn)s: %(text)s", dn=failure.change.dn, text=failure.problem)
        )


def _memberships(directory, changes, want, mine) -> list[Change]:
    """The groups that a person's entry must come into or leave; those of an entry that is renamed or removed, too."""
    now = next((entry.dn for entry in want.values()), None)
    gone = {change.dn for change in changes if change.act in ("rename", "remove")}
    found = []
    for dn in gone | ({now} if now else set()):
        condition = f"(member={escape_filter_chars(dn)})"
        held = directory.read(f"ou=groups,{settings().ldap.base}", condition, ("1.1",))
        known = {same_name(entry.dn): entry.dn for entry in held}
        asked = {same_name(group): group for group in (mine if dn == now else ())}
        value: frozenset[bytes] = frozenset((dn.encode(),))
        nothing: frozenset[bytes] = frozenset()
        found += [
            Change("change", asked[key], None, {"member": (nothing, value)}) for key in asked.keys() - known.keys()
        ]
        found += [
            Change("change", known[key], None, {"member": (value, nothing)}) for key in known.keys() - asked.keys()
        ]
    return found


# --- everything -------------------------------------------------------------------------------------------------------


def ask_reconciliation(actor, dry=False) -> DirectoryRun:
    """Ask for a comparison of everything, to be made by a job at once. Raises Conflict when there is no directory."""
    ensure(policy.can_manage_people(actor))
    if not is_on():
        raise Conflict(_("This instance writes no directory: PKIP_LDAP_URL is not set"))
    run = _new_run("asked", dry, actor.name)
    audit.record(actor, "directory.compared", object_kind="directory_run", object_id=run.id, new={"dry": dry})
    announce(actor, ReconciliationAsked(run_id=run.id))
    return run


def reconcile(run_id) -> DirectoryRun | None:
    """Compare everything and, unless the run is dry, write what differs. The report stands in the run."""
    run = db.session.get(DirectoryRun, run_id)
    if run is None or run.state in (RunState.DONE, RunState.FAILED):
        return run
    return _perform(run)


def compare_now(dry=False, reason="command", asked_by="") -> DirectoryRun:
    """Compare everything here and now; for the command line, and for the job that looks after the directory."""
    return _perform(_new_run(reason, dry, asked_by))


def _new_run(reason, dry, asked_by):
    run = DirectoryRun(reason=reason, dry=dry, asked_by=asked_by, asked_at=clock.real_now())
    db.session.add(run)
    db.session.flush()
    return run


def _perform(run):
    begun, began_at, day = time.perf_counter(), clock.real_now(), clock.today()
    run.state = RunState.RUNNING
    db.session.flush()
    try:
        with _watched():
            outcome = _compare() if run.dry else _bring(EVERYTHING)
    except PortalError as error:
        run.state, run.problem, run.finished_at = RunState.FAILED, error.message, clock.real_now()
        db.session.flush()
        return run
    run.state, run.finished_at = RunState.DONE, clock.real_now()
    run.took_ms = round((time.perf_counter() - begun) * 1000)
    run.entries, run.failed = outcome.entries, len(outcome.failures)
    acts = [change.act for change in outcome.changes.values()]
    run.added, run.changed, run.renamed, run.removed = (
        acts.count(act) for act in ("add", "change", "rename", "remove")
    )
    problems = {failure.change.dn: failure.problem for failure in outcome.failures}
    run.differences = [_told(change, problems.get(change.dn)) for change in list(outcome.changes.values())[:SHOWN]]
    if not run.dry:
        _agreed(day)
        _forget_old_runs()
        _drop_overtaken(began_at)
        audit.record(
            SYSTEM,
            "directory.reconciled",
            object_kind="directory_run",
            object_id=run.id,
            new={"added": run.added, "changed": run.changed, "renamed": run.renamed, "removed": run.removed},
            result="failed" if run.failed else "ok",
        )
    db.session.flush()
    return run


def _compare():
    want = _undisturbed(lambda: wanted(EVERYTHING))
    with connect() as directory:
        changes = differences(want, standing(directory, EVERYTHING))
    return Outcome(len(want), {(change.act, change.dn): change for change in changes})


def _told(change, problem):
    """A difference as the report shows it: values of few words, never a password."""
    values = {}
    for name, (goes, comes) in change.values.items():
        if name == _SECRET:
            values[name] = [[], []]
        else:
            values[name] = [[one.decode("utf-8", "replace") for one in sorted(side)[:5]] for side in (goes, comes)]
    told = {"act": change.act, "dn": change.dn, "values": values}
    if change.act == "rename":
        told["new"] = change.entry.dn
    return told | ({"problem": problem} if problem else {})


def _forget_old_runs():
    db.session.execute(sa.delete(DirectoryRun).where(DirectoryRun.asked_at < clock.real_now() - _RUNS_KEPT))


def _agreed(day):
    state = _state()
    state.agreed_on = day
    db.session.flush()


def _drop_overtaken(began_at):
    """What was to be written before everything was written needs no person's attention any more."""
    db.session.execute(
        sa.update(Outbox)
        .where(Outbox.job.like("directory.write_%"), Outbox.state == OutboxState.PARKED, Outbox.created_at < began_at)
        .values(state=OutboxState.DONE, done_at=clock.real_now())
    )


# --- how the directory is ---------------------------------------------------------------------------------------------


class _watched:
    """Notes since when the directory does not answer as it should."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _trace):
        # a refusal with a code is of the connection or of a whole reading; one entry's refusal has none
        if isinstance(error, ExternalUnavailable) or (isinstance(error, ExternalRefused) and error.code):
            db.session.rollback()
            with short_transaction() as session:
                state = session.get(DirectoryState, 1) or DirectoryState(id=1)
                state.failing_since = state.failing_since or clock.real_now()
                state.problem = error.message
                session.add(state)


def _state() -> DirectoryState:
    state = db.session.get(DirectoryState, 1)
    if state is None:
        state = DirectoryState(id=1)
        db.session.add(state)
        db.session.flush()
    return state


def tend():
    """Look after the directory: when it is back, new, or not compared today, bring everything up to date.
    Raises ExternalUnavailable while it is away."""
    if not is_on():
        return
    state = _state()
    was_away, compared = state.failing_since is not None, state.agreed_on == clock.today()
    with released(), _watched(), connect() as directory:
        there = bool(directory.read(f"ou=people,{settings().ldap.base}", "(objectClass=organizationalUnit)", ("1.1",)))
    if was_away or not there or not compared:
        run = compare_now(reason="repair" if was_away else "daily" if there else "first")
        if run.state == RunState.DONE:
            state = _state()
            state.failing_since, state.problem = None, ""
            db.session.flush()


def state() -> DirectoryState | None:
    """Since when the directory fails and when it last agreed; None before anything is known."""
    return db.session.get(DirectoryState, 1)


def refused_entries() -> int:
    """How many entries the directory did not take when everything was last written."""
    last = sa.select(DirectoryRun.failed).where(DirectoryRun.state == RunState.DONE, sa.not_(DirectoryRun.dry))
    return db.session.scalar(last.order_by(DirectoryRun.asked_at.desc()).limit(1)) or 0


def list_runs(actor, limit=20) -> list[DirectoryRun]:
    """The last comparisons, newest first."""
    ensure(policy.can_manage_people(actor))
    return list(db.session.scalars(sa.select(DirectoryRun).order_by(DirectoryRun.asked_at.desc()).limit(limit)))


def get_run(actor, run_id) -> DirectoryRun:
    """One comparison. Raises NotFound."""
    ensure(policy.can_manage_people(actor))
    run = db.session.get(DirectoryRun, run_id)
    if run is None:
        raise NotFound(_("There is no such comparison"))
    return run
