"""Every message of the code and the templates has its Latvian."""

import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages import pofile

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.req("2.1")
def test_every_message_is_translated(tmp_path):
    pot = tmp_path / "messages.pot"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "babel.messages.frontend",
            "-q",
            "extract",
            "-F",
            "babel.cfg",
            "-k",
            "_l",
            "-k",
            "ngettext:1,2",
            "-o",
            str(pot),
            ".",
        ],
        cwd=ROOT,
        check=True,
    )
    catalogue = pofile.read_po((ROOT / "portal/translations/lv/LC_MESSAGES/messages.po").open("rb"))
    missing = []
    for message in pofile.read_po(pot.open("rb")):
        known = catalogue.get(message.id) if message.id else True
        if known is True:
            continue
        words = known.string if known else ""
        if not words or (isinstance(words, tuple) and not all(words)):
            missing.append(message.id)
    assert missing == []
