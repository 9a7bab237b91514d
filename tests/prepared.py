"""Instances made once a test run; each test begins with a copy of one, its own to the last byte."""

import shutil
from functools import lru_cache

import sqlalchemy as sa

from portal.app import create_app
from portal.identity import service as identity
from portal.kernel.access import SYSTEM
from portal.kernel.config import Settings
from portal.kernel.db import db
from portal.kernel.events import Outbox
from portal.sandbox import pki
from portal.search.models import SearchEntry
from tests import servers

PASSWORD = "ozolpils-2026"
CAST = {  # username: given name, family name, position, unit index, roles
    "anna": ("Anna", "Liepiņa", "lietvede", "1", ["employee", "clerk"]),
    "bruno": ("Bruno", "Kalniņš", "nodaļas vadītājs", "2", ["employee", "head"]),
    "liga": ("Līga", "Ozola", "galvenā speciāliste", "2", ["employee"]),
    "dace": ("Dace", "Bērziņa", "deputāte", None, ["member"]),
    "janis": ("Jānis", "Vītols", "domes priekšsēdētājs", None, ["chair", "member"]),
    "sarma": ("Sarma", "Eglīte", "domes sekretāre", "1", ["employee", "secretary"]),
    "edgars": ("Edgars", "Zariņš", "IT administrators", "3", ["employee", "it"]),
    "oskars": ("Oskars", "Krūmiņš", "auditors", "3", ["employee", "auditor"]),
    "pauls": ("Pauls", "Siliņš", "darbinieks", "3", ["employee"]),
}
UNITS = {"1": "Kanceleja", "2": "Attīstības nodaļa", "3": "Informātikas nodaļa"}


class Prepared:
    """What copies are made of: the instance's folder, the name of its database, the sandbox's certificates."""

    def __init__(self, folder):
        self.folder = folder
        self.instance = lru_cache(self._instance)
        self.pki = lru_cache(self._pki)

    def copy_to(self, var, with_cast):
        """Put a copy of a prepared instance into an empty folder; returns its PostgreSQL database, if it has one."""
        folder, database = self.instance(with_cast)
        shutil.copytree(folder, var, dirs_exist_ok=True)
        return database

    def copy_pki_to(self, folder):
        """The sandbox's certificates as if they had just been made there: making RSA keys is slow."""
        shutil.copytree(self.pki(), folder, dirs_exist_ok=True)

    def _instance(self, with_cast):
        folder = self.folder / ("cast" if with_cast else "roles")
        backend = servers.fresh_backend()[0] if servers.wanted() else {}
        app = create_app(Settings.for_tests(folder, **backend))
        with app.app_context():
            db.create_all()
            identity.install_roles()
            if with_cast:
                gather_cast()
            db.session.commit()
            for table in (Outbox, SearchEntry):  # what the cast alone would give every test's first job to do
                db.session.execute(sa.delete(table))
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
        return folder, backend.get("database_url", "").rpartition("/")[2]

    def _pki(self):
        return pki.ensure(self.folder / "pki").folder


def gather_cast():
    """Add the people of the tests and their units."""
    units = {index: identity.add_unit(SYSTEM, name, index).id for index, name in UNITS.items()}
    for username, (given, family, position, unit, roles) in CAST.items():
        email = f"{username}@ozolpils.example"
        person = identity.add_person(SYSTEM, given, family, email, position, units.get(unit), username, PASSWORD)
        for role in roles:
            identity.give_role(SYSTEM, person.id, role)
        if username == "bruno":
            identity.set_head(SYSTEM, units["2"], person.id)
