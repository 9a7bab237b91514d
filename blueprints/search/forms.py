"""Forms of search: shape only."""

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from portal.kernel.forms import BaseForm, VersionField
from portal.kernel.i18n import _l


class SynonymsForm(BaseForm):
    """Words that mean the same."""

    words = TextAreaField(
        _l("Words that mean the same"),
        [InputRequired(), Length(max=2000)],
        description=_l("Each word or phrase on a line of its own, for example “bērnudārzs” and “pirmsskola”."),
        render_kw={"rows": 4},
    )
    version = VersionField()
