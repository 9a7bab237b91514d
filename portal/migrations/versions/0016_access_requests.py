"""documents: requests for access, lists that follow a case's team, registration in time"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0016"
down_revision = "0013"


def upgrade():
    with op.batch_alter_table("document_restriction", schema=None) as batch_op:
        batch_op.add_column(sa.Column("team", sa.JSON(), nullable=True))
    with op.batch_alter_table("register", schema=None) as batch_op:
        batch_op.add_column(sa.Column("within_days", sa.Integer(), server_default="1", nullable=False))
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("late_days", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("late_reason", sa.String(length=500), server_default="", nullable=False))
    op.create_table(
        "access_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("asked_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "granted", "refused", name="requeststate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("answered_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_access_request_answered_by_id_person")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_access_request_document_id_document")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_access_request_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_request")),
    )
    op.create_index(
        "uq_access_request_open",
        "access_request",
        ["document_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )


def downgrade():
    op.drop_table("access_request")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_column("late_reason")
        batch_op.drop_column("late_days")
    with op.batch_alter_table("register", schema=None) as batch_op:
        batch_op.drop_column("within_days")
    with op.batch_alter_table("document_restriction", schema=None) as batch_op:
        batch_op.drop_column("team")
