"""an index for what is open and due soon, whoever looks"""

from alembic import op

revision = "0018"
down_revision = "0008"


def upgrade():
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index("ix_document_state_due", ["state", "due_key"], unique=False)


def downgrade():
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index("ix_document_state_due")
