"""minutes that the next session approves"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade():
    op.add_column(
        "council_procedure", sa.Column("approve_minutes", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("minutes", sa.Column("approval_matter_id", sa.Uuid(), nullable=True))


def downgrade():
    op.drop_column("minutes", "approval_matter_id")
    op.drop_column("council_procedure", "approve_minutes")
