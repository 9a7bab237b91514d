"""identity: a password that IT staff gave out is replaced at the next sign-in"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0009"


def upgrade():
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("password_given", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade():
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("password_given")
