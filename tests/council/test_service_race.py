"""Many tablets and the chair at the same moment: each vote is stored once or refused, and the tally is right."""

import threading

import pytest
import sqlalchemy as sa

from portal.council import service as council
from portal.council.models import Ballot, Vote
from portal.kernel.db import db, transaction
from portal.kernel.errors import PortalError
from tests.council import factories as make


@pytest.mark.req("13.3")
def test_votes_and_closing_at_the_same_moment_agree(app):
    dome = make.body(members=21)
    _session, (matter,) = make.opened(dome)
    ballot_id = make.ballot(dome, matter).id
    db.session.commit()
    stored, refused, gate, guard = [], [], threading.Barrier(43), threading.Lock()

    def act(function, *args):
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    function(*args)
                with guard:
                    stored.append(args)
            except PortalError as error:
                with guard:
                    refused.append((args, error.message))
            finally:
                db.session.remove()

    jobs = [(council.cast_vote, actor, ballot_id, choice) for actor in dome.members for choice in ("par", "pret")]
    threads = [threading.Thread(target=act, args=job) for job in [*jobs, (council.close_ballot, dome.chair, ballot_id)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.expire_all()
    votes = db.session.scalars(sa.select(Vote).where(Vote.ballot_id == ballot_id)).all()
    ballot = db.session.get(Ballot, ballot_id)
    assert len(stored) + len(refused) == 43  # nothing ended in any other error
    assert len(votes) == len(stored) - 1 == len({vote.member_id for vote in votes})  # one of the stored is the closing
    assert all(message for _args, message in refused)
    assert (ballot.par, ballot.pret) == (sum(v.choice == "par" for v in votes), sum(v.choice == "pret" for v in votes))
    assert all(vote.cast_at <= ballot.closed_at for vote in votes)
