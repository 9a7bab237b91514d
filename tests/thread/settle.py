"""`python -m tests.thread.settle`: a small municipality over a fresh PKIP_VAR, its people, bodies and services only.

A tenth of the time of `pkip demo load`, which also writes years of records."""

from portal import schema
from portal.app import create_app
from portal.demo import casework, council, people, sign_on
from portal.demo.texts import Writer
from portal.identity.service import terms
from portal.kernel.db import db
from portal.sandbox import pki


def main():
    """Tables, units, the cast, a council of 15 with its committees, twelve services; certificates of the sandbox."""
    with create_app().app_context():
        schema.upgrade()
        town = people.settle(Writer(), 0)
        casework.offer(town)
        council.found(town)
        sign_on.offer(town)
        terms.confirm_for_all()
        db.session.commit()
        pki.ensure(casework.sandbox_folder() / "pki")


if __name__ == "__main__":
    main()
