"""The process that reads one PDF: standard input to standard output, within limits that the system enforces.
Exit status: 0 read, 3 protected, 4 damaged, 5 out of memory; killed by a signal when out of time."""

import io
import json
import resource
import sys


def main():
    limits = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (limits["time_s"],) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.exit(read(sys.stdin.buffer.read(), limits))


def read(data, limits):
    from pdfminer.converter import TextConverter
    from pdfminer.layout import LAParams
    from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
    from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
    from pdfminer.pdfpage import PDFPage

    text = io.StringIO()
    manager = PDFResourceManager()
    converter = TextConverter(manager, text, laparams=LAParams())
    interpreter = PDFPageInterpreter(manager, converter)
    pages = 0
    try:
        for page in PDFPage.get_pages(io.BytesIO(data), maxpages=limits["pages"], check_extractable=False):
            interpreter.process_page(page)
            pages += 1
            if text.tell() > limits["chars"]:
                break
    except (PDFPasswordIncorrect, PDFEncryptionError):
        return 3
    except MemoryError:
        return 5
    except Exception:
        if not pages:
            return 4
    if not pages:
        return 4
    sys.stdout.buffer.write(text.getvalue()[: limits["chars"]].encode("utf-8", "ignore"))
    return 0


if __name__ == "__main__":
    main()
