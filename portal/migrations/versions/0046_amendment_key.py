"""a member's amendment is taken once, however often the tablet sends it"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade():
    op.add_column("amendment", sa.Column("key", sa.String(length=40), nullable=True))
    op.create_index("amendment_sent_once", "amendment", ["author_id", "key"], unique=True)


def downgrade():
    op.drop_index("amendment_sent_once", "amendment")
    op.drop_column("amendment", "key")
