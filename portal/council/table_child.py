"""The process that reads the first sheet of a spreadsheet (in.xlsx in the working folder). One JSON object as argument
with the most rows and columns. Prints one JSON object: `rows`, lists of texts; or `problem`."""

import json
import sys
from datetime import date, datetime


def main():
    asked = json.loads(sys.argv[1])
    try:
        told = {"rows": _rows(asked["most_rows"], asked["most_columns"])}
    except MemoryError:
        told = {"problem": "memory"}
    except Exception as error:  # a stranger's file can break any library in any way
        told = {"problem": type(error).__name__}
    print(json.dumps(told))


def _rows(most_rows, most_columns):
    from openpyxl import load_workbook

    sheet = load_workbook("in.xlsx", read_only=True, data_only=True).worksheets[0]
    cells = sheet.iter_rows(max_row=most_rows, max_col=most_columns, values_only=True)
    rows = [[_text(value) for value in row] for row in cells]
    return [row for row in rows if any(row)]


def _text(value):
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime | date):
        return f"{value:%d.%m.%Y}"
    return " ".join(str(value).split())


if __name__ == "__main__":
    main()
