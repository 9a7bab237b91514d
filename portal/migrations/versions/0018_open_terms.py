"""an index for what is open and due soon, whoever looks"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0008"

IS_OPEN = sa.text("state IN ('registered', 'in_work')")


def upgrade():
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(
            "ix_document_open_due", ["due_key", "id"], unique=False, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN
        )


def downgrade():
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index("ix_document_open_due", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
