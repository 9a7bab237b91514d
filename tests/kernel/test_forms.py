"""Forms say in Latvian what is wrong, also where WTForms has its own words."""

from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, SelectField

from portal.kernel.forms import BaseForm


class Choosing(BaseForm):
    colour = SelectField(choices=["zaļš"])
    number = IntegerField()


def test_what_wtforms_says_by_itself_is_latvian(app):
    with app.test_request_context("/"):
        form = Choosing(MultiDict({"colour": "sarkans", "number": "daudz"}), meta={"csrf": False})
        assert not form.validate()
        assert form.errors == {
            "colour": ["Izvēlieties kādu no piedāvātajām vērtībām"],
            "number": ["Ierakstiet veselu skaitli"],
        }
