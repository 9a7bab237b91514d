"""each building of the search index anew, with its progress"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0027"


def upgrade():
    op.create_table(
        "search_rebuild",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_search_rebuild_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_rebuild")),
    )


def downgrade():
    op.drop_table("search_rebuild")
