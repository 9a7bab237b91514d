"""Rich text (RTF): its words, without fonts, pictures and hidden parts."""

import codecs
import re

_PIECE = re.compile(rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|([^\\{}]+)|\\")
_LINES = {b"par", b"line", b"row", b"sect", b"page"}
_GAPS = {b"tab", b"cell"}
_HIDDEN = {
    b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"themedata", b"datastore", b"listtable",
    b"listoverridetable", b"rsidtbl", b"generator", b"xmlnstbl", b"latentstyles", b"filetbl", b"revtbl", b"fldinst",
}  # fmt: skip
_SIGNS = {b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
          b"bullet": "•", b"emspace": " ", b"enspace": " "}  # fmt: skip


def read_rtf(file, budget, out):
    """The words of the body. Broken files give what can be read."""
    data = file.read_bytes()
    stack: list[tuple[bool, int]] = []
    hidden, after_unicode, to_skip, page = False, 1, 0, "cp1257"
    pending = bytearray()

    def write(text):
        if pending:
            out.add(bytes(pending).decode(page, "replace"))
            pending.clear()
        if text:
            out.add(text)

    for count, piece in enumerate(_PIECE.finditer(data)):
        if count % 20_000 == 0:
            budget.check_time()
        word, number, code, sign, brace, plain = piece.groups()
        if brace == b"{":
            if len(stack) < 10_000:
                stack.append((hidden, after_unicode))
        elif brace == b"}":
            if stack:
                hidden, after_unicode = stack.pop()
            to_skip = 0
        elif word == b"ansicpg" and number:
            page = _known(int(number))
        elif word == b"uc" and number:
            after_unicode = max(0, min(int(number), 10))
        elif word in _HIDDEN or sign == b"*":
            hidden = True
        elif word == b"bin" and number:
            continue  # pictures only, and those are hidden
        elif hidden:
            continue
        elif word == b"u" and number:
            value = int(number) % 0x10000
            write("" if 0xD800 <= value < 0xE000 else chr(value))
            to_skip = after_unicode
        elif code:
            if to_skip:
                to_skip -= 1
            else:
                pending.append(int(code, 16))
        elif word in _LINES:
            write("\n")
        elif word in _GAPS or sign == b"~":
            write(" ")
        elif word in _SIGNS:
            write(_SIGNS[word])
        elif sign in (b"\\", b"{", b"}"):
            write(sign.decode())
        elif plain:
            text = plain.replace(b"\r", b"").replace(b"\n", b"")
            skipped = text[to_skip:]
            to_skip = max(0, to_skip - len(text))
            pending += skipped
    write("")


def _known(number):
    try:
        return codecs.lookup(f"cp{number}").name
    except LookupError:
        return "cp1257"
