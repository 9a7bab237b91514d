"""Forms of drafts and templates: shape only."""

from wtforms import BooleanField, FileField, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from blueprints.documents.forms import PickSelectField, people_choices
from portal.documents.words import KINDS
from portal.kernel.forms import BaseForm, DataRequired, Length
from portal.kernel.i18n import _, _l


class DraftForm(BaseForm):
    """A new draft, from a template or from a file."""

    answers = HiddenField()
    template_id = PickSelectField(_l("Template"))
    title = StringField(_l("Title"), [DataRequired(), Length(max=500)])
    kind = SelectField(_l("Kind"), coerce=str, invalid_choice_message=_l("Choose from the list"))
    addressee = StringField(_l("Addressee"), [Length(max=300)])
    text = TextAreaField(
        _l("Text of the letter"),
        [Length(max=50_000)],
        description=_l("Comes to the place of the text in the template; it can be written later in Word as well"),
    )
    signer_id = PickSelectField(_l("Who will sign"))
    file = FileField(
        _l("Or a file that is written already"), description=_l("Then no template is used; a Word file is best")
    )

    def offer(self, kinds, templates, people):
        """Fill the pick lists."""
        self.kind.choices = [SelectChoice(kind.value, str(KINDS[kind])) for kind in kinds]
        self.template_id.choices = [SelectChoice("", _("without a template"))] + [
            SelectChoice(str(row.id), row.name) for row in templates
        ]
        self.signer_id.choices = people_choices(people)
        return self


class VersionForm(BaseForm):
    """A new version of a draft."""

    file = FileField(_l("New version"))
    comment = StringField(_l("What was changed"), [Length(max=1000)])


class DraftReasonForm(BaseForm):
    """Why a draft is freed or given up."""

    reason = StringField(_l("Reason"), [DataRequired(), Length(max=500)])


class SendForm(BaseForm):
    """Who signs."""

    signers = SelectMultipleField(
        _l("Who signs"), [DataRequired()], coerce=str, description=_l("Several people sign one after another")
    )

    def offer(self, people):
        """Fill the pick list."""
        self.signers.choices = [(str(one.id), one.name) for one in people if one.active]
        return self


class TemplateForm(BaseForm):
    """A new template."""

    name = StringField(_l("Name"), [DataRequired(), Length(max=200)])
    kind = SelectField(_l("Kind"), coerce=str, invalid_choice_message=_l("Choose from the list"))
    for_answers = BooleanField(_l("Offer it first when a letter is answered"))
    file = FileField(_l("Word file"), description=_l("A .docx file with fields between double braces"))

    def offer(self, kinds):
        """Fill the pick list."""
        self.kind.choices = [(kind.value, str(KINDS[kind])) for kind in kinds]
        return self
