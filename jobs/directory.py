"""Jobs of the directory over LDAP: what changes in the register is written there within seconds."""

import uuid

from portal.identity.service import directory
from portal.kernel.db import db
from portal.kernel.jobs import job, periodic, queue

_MANY = 50  # people changed by one transaction: beyond, one comparison of everything is quicker
_TRIES = {"retries": 12, "first_wait_s": 2}  # two hours and more; afterwards `tend` repairs, or a person looks


@job(**_TRIES)
def write_person(person_id: uuid.UUID):
    """Bring one person's entry and groups up to date (1.2)."""
    directory.write_person(person_id)


@job(**_TRIES)
def write_unit(unit_id: uuid.UUID):
    """Bring the units, and the people of one, up to date (1.2)."""
    directory.write_unit(unit_id)


@job(**_TRIES)
def write_groups():
    """Bring all groups, and what applications may read, up to date (1.2)."""
    directory.write_groups()


@job(**_TRIES)
def write_everything():
    """Bring everything up to date, after many people changed at once (1.2)."""
    directory.compare_now(reason="many")


@job(retries=3, first_wait_s=10)
def reconcile(run_id: uuid.UUID):
    """Compare the whole directory with the register, as somebody asked (1.2)."""
    directory.reconcile(run_id)


@job(retries=3, first_wait_s=10)
def read_outside(run_id: uuid.UUID, person_id: uuid.UUID):
    """Compare the register with the directory that the municipality already has (1.2)."""
    directory.read_outside(run_id, person_id)


@periodic(seconds=20)
def tend():
    """Compare daily, and repair after the directory was away (1.2)."""
    directory.tend()


# An instance without a directory keeps no jobs for it.


def person_changed(actor, person_id):
    """A person is to be written, once for each transaction; an import's hundreds together."""
    if not directory.is_on():
        return
    asked = _asked_here()
    if person_id not in asked:
        asked.add(person_id)
        if len(asked) <= _MANY:
            queue(write_person, person_id=person_id)
        elif len(asked) == _MANY + 1:
            queue(write_everything)


def _asked_here():
    """Who is to be written because of the transaction at hand."""
    session = db.session()
    now = session.get_nested_transaction() or session.get_transaction()
    known = session.info.get("directory_asked")
    if known is None or known[0] is not now:
        known = session.info["directory_asked"] = (now, set())
    return known[1]


def unit_changed(actor, unit_id):
    """A unit is to be written."""
    if directory.is_on():
        queue(write_unit, unit_id=unit_id)


def groups_changed(actor):
    """Groups, or what applications may read, are to be written."""
    if directory.is_on():
        queue(write_groups)
