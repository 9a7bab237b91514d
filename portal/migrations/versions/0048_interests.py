"""the register of members' interests"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import UtcDateTime

revision = "0048"
down_revision = "0047"


def upgrade():
    op.create_table(
        "council_interest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("relation", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("declared_at", UtcDateTime(), nullable=False),
        sa.Column("declared_by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_council_interest_person_id")),
        sa.ForeignKeyConstraint(["declared_by_id"], ["person.id"], name=op.f("fk_council_interest_declared_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_interest")),
    )
    op.create_index(op.f("ix_council_interest_person_id"), "council_interest", ["person_id"])


def downgrade():
    op.drop_table("council_interest")
