"""documents: scans on their way into the registry"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0009"
down_revision = "0012"


def upgrade():
    op.create_table(
        "scan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "reading",
                "ready",
                "failed",
                "parted",
                "discarded",
                name="scanstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("folder_key", sa.String(length=64), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("register_code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("pages_done", sa.Integer(), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("text_sha256", sa.String(length=64), nullable=True),
        sa.Column("beginning", sa.String(length=300), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("added_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_scan_added_by_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_scan_document_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["scan.id"], name=op.f("fk_scan_parent_id")),
        sa.ForeignKeyConstraint(["pdf_sha256"], ["blob.sha256"], name=op.f("fk_scan_pdf_sha256")),
        sa.ForeignKeyConstraint(["text_sha256"], ["blob.sha256"], name=op.f("fk_scan_text_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan")),
        sa.UniqueConstraint("folder_key", name=op.f("uq_scan_folder_key")),
    )
    with op.batch_alter_table("scan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scan_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index("ix_scan_waiting", ["document_id", "id"], unique=False)


def downgrade():
    op.drop_table("scan")
