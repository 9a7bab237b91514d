"""The command line as a whole; each area tests its own commands."""

import subprocess
import sys

from click.testing import CliRunner

from portal import cli


def test_starting_a_process_imports_no_area():
    """`pkip web` becomes gunicorn, which imports everything by itself: to do it twice would double the start."""
    code = "import sys, portal.cli, portal.run; print([name for name in sys.modules if name.startswith('portal.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['portal.cli', 'portal.run']"


def test_the_areas_commands_are_listed_and_found():
    listed = CliRunner().invoke(cli.main, ["--help"]).output
    for name in cli.AREAS:
        assert name in listed
        assert cli.main.get_command(None, name).name == name
