"""The process that draws roll-call sheets: one JSON object as argument, the PDF lies in the working folder."""

import json
import sys

ROW_MM, TOP_MM, BOTTOM_MM, LEFT_MM = 8.5, 297 - 62, 32, 20
BOXES_MM = (118, 140, 162)


def main():
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.lib.utils import simpleSplit
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    asked = json.loads(sys.argv[1])
    pdfmetrics.registerFont(TTFont("words", asked["font"]))
    canvas = Canvas("sheet.pdf", pagesize=A4, lang="lv")
    canvas.setTitle(asked["title"])
    a_page = int((TOP_MM - BOTTOM_MM) / ROW_MM)
    names = asked["names"]
    for matter in asked["matters"]:
        for first in range(0, max(1, len(names)), a_page):
            canvas.setFont("words", 10)
            canvas.drawString(LEFT_MM * mm, (297 - 18) * mm, asked["title"])
            canvas.setFont("words", 13)
            for place, line in enumerate(simpleSplit(matter, "words", 13, 170 * mm)[:3]):
                canvas.drawString(LEFT_MM * mm, (297 - 28 - 6 * place) * mm, line)
            canvas.setFont("words", 10)
            for box, word in zip(BOXES_MM, asked["choices"], strict=True):
                canvas.drawString(box * mm, (TOP_MM + 4) * mm, word)
            for place, name in enumerate(names[first : first + a_page]):
                y = TOP_MM - (place + 1) * ROW_MM
                canvas.setFont("words", 11)
                canvas.drawString(LEFT_MM * mm, (y + 2.5) * mm, f"{first + place + 1}. {name}")
                canvas.line(LEFT_MM * mm, y * mm, 190 * mm, y * mm)
                for box in BOXES_MM:
                    canvas.rect((box + 2) * mm, (y + 1.7) * mm, 5 * mm, 5 * mm)
            canvas.setFont("words", 10)
            for place, line in enumerate(asked["foot"]):
                canvas.drawString(LEFT_MM * mm, (24 - 7 * place) * mm, line)
            canvas.showPage()
    canvas.save()
    print("{}")


if __name__ == "__main__":
    main()
