"""indexes of answers and of cases hold only documents that have one"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0016"

INDEXES = {"ix_document_case": "case_id", "ix_document_answers": "answers_id"}


def upgrade():
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index("ix_document_answers_id")
        batch_op.drop_index("ix_document_case")
        for name, column in INDEXES.items():
            filled = sa.text(f"{column} IS NOT NULL")
            batch_op.create_index(name, [column], unique=False, sqlite_where=filled, postgresql_where=filled)


def downgrade():
    with op.batch_alter_table("document", schema=None) as batch_op:
        for name in INDEXES:
            batch_op.drop_index(name)
        batch_op.create_index("ix_document_case", ["case_id"], unique=False)
        batch_op.create_index("ix_document_answers_id", ["answers_id"], unique=False)
