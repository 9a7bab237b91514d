"""Tablets over real processes, in small; `make bench` takes two hundred of them."""

import pytest

from tests.bench.bench_votes import Hall, vote_while_the_web_dies

pytestmark = [pytest.mark.slow, pytest.mark.req("13.2", "13.3")]


def test_ten_tablets_vote_at_once_and_no_acknowledged_vote_is_lost_when_the_web_process_dies(tmp_path):
    hall = Hall(tmp_path, 10, 1, processes=["web"])
    try:
        vote_while_the_web_dies(hall, 0)
    finally:
        hall.town.stop()
