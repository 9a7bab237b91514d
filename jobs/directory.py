"""Jobs of the directory over LDAP: what changes in the register is written there within seconds."""

import uuid

from portal.identity.service import directory
from portal.kernel.jobs import job, periodic, queue

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
    """A person is to be written."""
    if directory.is_on():
        queue(write_person, person_id=person_id)


def unit_changed(actor, unit_id):
    """A unit is to be written."""
    if directory.is_on():
        queue(write_unit, unit_id=unit_id)


def groups_changed(actor):
    """Groups, or what applications may read, are to be written."""
    if directory.is_on():
        queue(write_groups)
