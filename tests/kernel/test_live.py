"""Live screens: what is said to them never undoes the act."""

from dataclasses import replace

from portal.identity.models import Unit
from portal.kernel import live
from portal.kernel.db import after_commit, db
from tests import servers


def test_an_act_stands_and_its_jobs_wake_although_redis_is_away(app):
    nobody = f"redis://127.0.0.1:{servers.free_port()}/0"
    app.extensions["pkip.settings"] = replace(app.extensions["pkip.settings"], redis_url=nobody)
    woken = []
    db.session.add(Unit(name="kept", index="1"))
    live.publish("case:1", "case")
    after_commit(lambda: woken.append(True))
    db.session.commit()
    assert woken == [True]
