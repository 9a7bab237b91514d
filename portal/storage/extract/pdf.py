"""Text of PDF files, read in a process of its own: a PDF can hang or bloat any parser, and must not take us along."""

import json
import subprocess
import sys
from pathlib import Path

from portal.kernel.i18n import _
from portal.storage.extract.limits import Unreadable

_CHILD = Path(__file__).with_name("pdf_child.py")


def text_of(data, budget):
    """The text of all pages, in reading order. Raises Unreadable."""
    limits = budget.limits
    try:
        child = subprocess.run(  # noqa: S603 - our own file, the PDF comes in through standard input
            [
                sys.executable,
                "-I",
                str(_CHILD),
                json.dumps(
                    {
                        "memory_bytes": limits.memory_bytes,
                        "time_s": limits.time_s,
                        "pages": limits.pdf_pages,
                        "chars": limits.text_chars,
                    }
                ),
            ],
            input=data,
            capture_output=True,
            timeout=limits.time_s + 5,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable(_("Reading the text of the PDF takes too long; it was stopped")) from error
    if child.returncode == 0:
        return child.stdout.decode("utf-8", "replace")
    reasons = {
        3: _("The PDF is protected by a password; its text was not read"),
        4: _("The PDF is damaged and cannot be read"),
        5: _("Reading the text of the PDF takes too much memory; it was stopped"),
    }
    if child.returncode < 0:
        raise Unreadable(_("Reading the text of the PDF takes too long; it was stopped"))
    raise Unreadable(reasons.get(child.returncode, reasons[4]))
