"""The process that handles one Word file: standard input to standard output, within limits that the system enforces.
Argument: a JSON object with `act` (fields, fill, html, make, lines) and the values to fill in. Prints a JSON object."""

import base64
import io
import json
import sys


def main():
    asked = json.loads(sys.argv[1])
    data = sys.stdin.buffer.read()
    try:
        told = {"fields": fields, "fill": fill, "html": html, "make": make, "lines": lines}[asked["act"]](data, asked)
    except MemoryError:
        told = {"problem": "memory"}
    except Exception as error:  # a stranger's file can break any library in any way
        told = {"problem": "template" if type(error).__module__.startswith("jinja2") else "damaged", "why": str(error)}
    print(json.dumps(told))


def _environment():
    """Templates reach nothing but their fields: no attributes that lead into Python, and every value is escaped."""
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(autoescape=True)


def fields(data, _asked):
    """{"fields": names of what is to be filled in}"""
    from docxtpl import DocxTemplate

    return {"fields": sorted(DocxTemplate(io.BytesIO(data)).get_undeclared_template_variables(_environment()))}


def fill(data, asked):
    """{"docx": the filled file in base64, "html": how it looks}"""
    from docxtpl import DocxTemplate

    template = DocxTemplate(io.BytesIO(data))
    template.render(asked["values"], _environment(), autoescape=True)
    out = io.BytesIO()
    template.save(out)
    return {"docx": base64.b64encode(out.getvalue()).decode(), **html(out.getvalue(), asked)}


def html(data, _asked):
    """{"html": the text with its headings, lists and tables}"""
    import mammoth

    return {"html": mammoth.convert_to_html(io.BytesIO(data)).value}


def make(data, _asked):
    """{"docx": a new file in base64}; standard input is a JSON list of [is a heading, text]."""
    import docx

    document = docx.Document()
    for is_heading, text in json.loads(data):
        if is_heading:
            document.add_heading(text, level=2)
        else:
            document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return {"docx": base64.b64encode(out.getvalue()).decode()}


def lines(data, _asked):
    """{"lines": [is a heading, text] of each paragraph}"""
    import docx

    found = docx.Document(io.BytesIO(data)).paragraphs
    return {"lines": [[one.style.name.lower().startswith(("heading", "virsraksts")), one.text] for one in found]}


if __name__ == "__main__":
    main()
