"""The demonstration municipality: Ozolpils novads, all of it invented.

`load` fills an empty instance through the areas' own services; only the registry of the past is written in bulk.
"""


def load(progress=print, scale=1.0):
    """Fill the instance. progress(text) tells what is done. scale: share of the full size, for tests.
    Needs sandbox mode: the past is made by moving the clock, and signed and delivered by the sandbox."""
    from portal.audit import service as audit
    from portal.demo import (
        casework,
        council,
        drafting,
        finding,
        flows,
        orders,
        outside,
        people,
        records,
        sign_on,
        storing,
        workplace,
    )
    from portal.demo.texts import Writer
    from portal.identity import service as identity
    from portal.identity.service import terms
    from portal.kernel.access import SYSTEM
    from portal.kernel.config import settings
    from portal.kernel.db import db

    if not settings().sandbox:
        raise RuntimeError("the demonstration municipality is loaded in sandbox mode only")
    writer = Writer()
    identity.install_roles()
    records.install()
    progress("iestādes un cilvēki")
    town = people.settle(writer, max(11, round(39 * scale)))
    db.session.commit()
    records.fill(town, writer, max(20, round(2000 * scale)), progress)
    progress("pakalpojumi un lietas")
    casework.offer(town)
    dome, committees = council.found(town)
    with outside.answering() as store:
        casework.work(town, writer)
        council.hold_past(town, writer, store, dome, committees, (10, 6, 2)[: max(1, round(3 * scale))], progress)
        council.register(town, dome)
        council.plan_coming(town, writer, dome, committees)
        council.announce(town, writer, dome)
        orders.give(town)
        flows.begin(town)
        outside.work_off()
        casework.post(store)
        casework.ask_at_centre(store)
    drafting.prepare(town)
    sign_on.offer(town)
    storing.offer(town)
    workplace.offer()
    finding.make(town)
    terms.confirm_for_all()  # invented people have nothing to read
    audit.record(SYSTEM, "demo.loaded", object_kind="instance", label=settings().municipality)
    db.session.commit()
    audit.seal(SYSTEM)
    db.session.commit()
    progress("gatavs")
