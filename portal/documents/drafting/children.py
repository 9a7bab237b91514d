"""Starting the child that handles a Word file."""

import base64
import json
import subprocess
from pathlib import Path

from portal.documents.drafting.cleaning import clean
from portal.kernel.i18n import _
from portal.storage import children

_CHILD = Path(__file__).with_name("docx_child.py")
MEMORY_BYTES = 1024**3
TIME_S = 20
MOST_HTML = 2_000_000


class DocxProblem(Exception):
    """A Word file that cannot be used; the message is the sentence for the reader."""


def fields_in(data):
    """Names of the fields of a template. Raises DocxProblem."""
    return _ask(data, {"act": "fields"})["fields"]


def fill_in(data, values):
    """(bytes of the filled DOCX, clean HTML of it). Raises DocxProblem."""
    told = _ask(data, {"act": "fill", "values": values})
    return base64.b64decode(told["docx"]), clean(told["html"][:MOST_HTML])


def as_html(data):
    """Clean HTML of a DOCX. Raises DocxProblem."""
    return clean(_ask(data, {"act": "html"})["html"][:MOST_HTML])


def make_docx(lines):
    """A plain DOCX of paragraphs: (is a heading, text) each. Raises DocxProblem."""
    return base64.b64decode(_ask(json.dumps(lines).encode(), {"act": "make"})["docx"])


def lines_in(data):
    """[(is a heading, text)] of the paragraphs of a DOCX. Raises DocxProblem."""
    return [(bool(is_heading), str(text)) for is_heading, text in _ask(data, {"act": "lines"})["lines"]]


def _ask(data, asked):
    asked |= {"memory_bytes": MEMORY_BYTES, "time_s": TIME_S, "most_bytes": 0}
    try:
        child = subprocess.run(  # noqa: S603 - our own file, the document comes in through standard input
            children.command(_CHILD, asked),
            input=data,
            env=children.environment("/tmp"),  # noqa: S108 - it may write nothing anyway
            capture_output=True,
            timeout=TIME_S * 3,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DocxProblem(_("Reading the Word file takes too long; it was stopped")) from error
    if child.returncode:
        raise DocxProblem(_("Reading the Word file takes too long; it was stopped"))
    told = json.loads(child.stdout)
    if "problem" in told:
        raise DocxProblem(
            {
                "template": _("A field of the template is written wrongly: %(why)s", why=told.get("why", "")[:200]),
                "memory": _("The Word file is too large to be filled in"),
            }.get(told["problem"], _("The Word file is damaged or is not a DOCX file"))
        )
    return told
