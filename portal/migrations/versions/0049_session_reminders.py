"""when a member was reminded of a session"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import UtcDateTime

revision = "0049"
down_revision = "0048"


def upgrade():
    op.add_column("council_invitation", sa.Column("reminded_at", UtcDateTime(), nullable=True))


def downgrade():
    op.drop_column("council_invitation", "reminded_at")
