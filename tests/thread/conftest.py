"""A small municipality whose processes run."""

import subprocess
import sys

import pytest

from tests.thread.town import ROOT, Town


@pytest.fixture
def running_town(tmp_path):
    """Fifteen deputies, three committees, twelve services; sandbox, web server and worker answer. What they said is
    printed at the end, for a test that fails."""
    town = Town(tmp_path / "var")
    subprocess.run([sys.executable, "-m", "tests.thread.settle"], env=town.env, cwd=ROOT, check=True, timeout=300)
    try:
        town.start()
        yield town
    finally:
        town.stop()
        for name in ("web", "worker"):
            print(f"--- {name}\n{town.log(name)[-4000:]}")
