"""Colours, logo, headers and banners: checked, in force everywhere at once, taken back."""

import io

import pytest

from portal.kernel import pdf
from portal.kernel.access import NOBODY
from portal.kernel.clock import date
from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.workplace import contrast
from portal.workplace import service as workplace
from portal.workplace.models import Board

LOOK = {**workplace.COLOURS, "name": "", "mail_head": "", "mail_foot": "", "paper_head": "", "paper_logo": True}
GREEN = {"brand": "#14532d", "brand_text": "#fffbe6", "link": "#0b5d2a", "bar": "#f0f7f2"}
BANNER = {"text_lv": "Serviss nestrādās", "text_en": "", "level": "warning", "roles": [], "units": [],
          "since": None, "until": None}  # fmt: skip


def picture(kind="PNG", size=(40, 20), colour=(200, 30, 30)):
    from PIL import Image

    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, kind)
    return target.getvalue()


def test_contrast_is_counted_as_wcag_says():
    assert contrast.ratio("#000000", "#ffffff") == pytest.approx(21)
    assert contrast.ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast.faults(workplace.COLOURS) == {} and contrast.faults(GREEN) == {}


@pytest.mark.req("2.1")
@pytest.mark.parametrize(
    "changes, field, words",
    [
        ({"brand_text": "#7fa3c7"}, "brand_text", "3,2 : 1, lasītājiem vajag vismaz 4,5 : 1"),
        ({"link": "#8ab4f8"}, "link", "vismaz 4,5 : 1"),
        ({"brand": "#ffe066", "brand_text": "#000000"}, "brand", "vismaz 3,0 : 1"),
        ({"bar": "#555555"}, "brand", "vismaz 3,0 : 1"),
        ({"bar": "#9aa0a6", "brand": "#0a1a2a"}, "bar", "vismaz 4,5 : 1"),
        ({"brand": "red"}, "brand", "#1f4e79"),
        ({"brand": "#1f4e79;}body{display:none"}, "brand", "#1f4e79"),
    ],
)
def test_colours_that_cannot_be_read_are_refused_with_the_figure(edgars, changes, field, words):
    with pytest.raises(Invalid) as refused:
        workplace.save_look(edgars, 0, **{**LOOK, **changes})
    assert refused.value.field == field and words in refused.value.message.replace("\u00a0", " ")
    assert workplace.look().number == 0


@pytest.mark.req("2.1")
def test_a_look_is_in_force_at_once_and_taken_back(edgars, client):
    workplace.save_look(edgars, 0, **{**LOOK, **GREEN, "name": "Ozolpils"}, logo=picture("JPEG"))
    now = workplace.look()
    assert now.colours == GREEN and "#14532d" in now.css()
    page = client.get("/sign-in").text
    assert f"/look/1.css?v={now.mark}" in page
    sheet = client.get("/look/1.css")
    assert "--head: #14532d" in sheet.text and "immutable" in sheet.headers["Cache-Control"]
    logo = client.get(f"/nav/logo/{now.logo}.png")
    assert logo.data.startswith(b"\x89PNG") and logo.mimetype == "image/png"
    assert "#14532d" in client.get("/nav/elements.css").text
    workplace.take_back(edgars, Board.LOOK, 0, 1)
    assert "/look/2.css" in client.get("/sign-in").text and "#1f4e79" in client.get("/look/2.css").text
    assert client.get("/look/9.css").status_code == 404


def test_only_a_picture_that_was_a_logo_is_given_out(edgars, anna, client):
    from portal.storage import service as storage

    secret = storage.put(anna, picture(), mime="image/png").sha256
    with pytest.raises(NotFound):
        workplace.logo_png(secret)
    assert client.get(f"/nav/logo/{secret}.png").status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\nxx",
        b"x" * 600_000,
    ],
)
def test_a_logo_is_a_small_png_or_jpeg(edgars, data):
    with pytest.raises(Invalid) as refused:
        workplace.save_look(edgars, 0, **LOOK, logo=data)
    assert refused.value.field == "logo"


def test_two_editors_do_not_overwrite_each_other(edgars):
    workplace.save_look(edgars, 0, **{**LOOK, "name": "Viens"})
    with pytest.raises(Conflict):
        workplace.save_look(edgars, 0, **{**LOOK, "name": "Otrs"})


@pytest.mark.req("2.1")
def test_the_head_of_a_paper_is_the_municipalitys(edgars, app):
    from pdfminer.high_level import extract_text

    from portal.kernel.clock import today

    def paper():
        return pdf.render("cases/pdf/letter.html", title="Atbilde", municipality="Ozolpils novada pašvaldība",
                          today=today(), case=_Bag(number="1", client_name="J. Liepa"),
                          letter=_Bag(text="Labdien!", kind="letter"), author="A")  # fmt: skip

    plain = extract_text(io.BytesIO(paper()))
    assert "Reģistrācijas Nr. 90000000001" in plain.replace("\u00a0", " ")
    workplace.save_look(edgars, 0, **{**LOOK, "paper_head": "Pils iela 1, Ozolpils\ntālr. 60000000"}, logo=picture())
    data = paper()
    text = extract_text(io.BytesIO(data))
    assert "Pils iela 1, Ozolpils" in text and "tālr. 60000000" in text
    assert b"/Subtype /Image" in data or b"/Subtype/Image" in data
    workplace.take_back(edgars, Board.LOOK, 0, 1)
    assert "Pils iela" not in extract_text(io.BytesIO(paper()))


class _Bag:
    def __init__(self, **values):
        self.__dict__.update(values)


@pytest.mark.req("2.1")
def test_banners_are_for_their_audience_and_days_most_urgent_first(edgars, anna, dace, client):
    workplace.save_banner(edgars, None, 0, **BANNER)
    workplace.save_banner(edgars, None, 1, **{**BANNER, "text_lv": "Lietvežiem", "level": "urgent", "roles": ["clerk"]})
    later = {**BANNER, "text_lv": "Nākamgad", "since": date(2099, 1, 1)}
    workplace.save_banner(edgars, None, 2, **later)
    assert [one.text for one in workplace.banners(anna)] == ["Lietvežiem", "Serviss nestrādās"]
    assert [one.text for one in workplace.banners(dace)] == ["Serviss nestrādās"]
    assert [one.text for one in workplace.banners(NOBODY)] == ["Serviss nestrādās"]
    assert [entry["state"] for entry in workplace.list_banners(edgars)[0]] == ["shown", "shown", "coming"]
    assert "Serviss nestrādās" in client.get("/sign-in").text
    first = workplace.list_banners(edgars)[0][0]["id"]
    workplace.remove_banner(edgars, first, 3)
    assert workplace.banners(dace) == []
    workplace.take_back(edgars, Board.BANNERS, 3, 4)
    assert len(workplace.banners(dace)) == 1


def test_the_pages_of_look_and_banners(as_client):
    browser = as_client("edgars")
    look = {**LOOK, "based_on": 0, "paper_logo": "y", "paper_head": "Pils iela 1"}
    refused = browser.post("/admin/workplace/look", data={**look, "link": "#8ab4f8"})
    assert refused.status_code == 422 and "vismaz 4,5" in refused.text and 'value="#8ab4f8"' in refused.text
    assert (
        browser.post("/admin/workplace/look", data={**look, "logo": (io.BytesIO(picture()), "l.png")}).status_code
        == 303
    )
    page = browser.get("/admin/workplace/look").text
    assert "Pils iela 1" in page and "data:image/png;base64," in page
    assert browser.post("/admin/workplace/look", data=look).status_code == 409
    banner = {"text_lv": "Uzmanību!", "level": "urgent", "based_on": 0}
    assert browser.post("/admin/workplace/banners/new", data={**banner, "text_lv": ""}).status_code == 422
    assert browser.post("/admin/workplace/banners/new", data=banner).status_code == 303
    assert "Uzmanību!" in browser.get("/help").text
    assert browser.post("/admin/workplace/banners/take-back", data={"number": 0, "based_on": 1}).status_code == 303
    assert "Uzmanību!" not in browser.get("/help").text
    assert "&lt;button class=&#34;btn btn-primary&#34;" in browser.get("/admin/workplace/elements").text
