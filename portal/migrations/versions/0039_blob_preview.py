"""pictures of first pages, kept once for all who refer to a file"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade():
    op.create_table(
        "blob_preview",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("preview_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["preview_sha256"], ["blob.sha256"], name=op.f("fk_blob_preview_preview_sha256")),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_blob_preview_sha256")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob_preview")),
    )
    op.create_index(op.f("ix_blob_preview_preview_sha256"), "blob_preview", ["preview_sha256"])
    op.execute(
        sa.text(
            "INSERT INTO blob_preview (sha256, preview_sha256) SELECT sha256, max(preview_sha256) FROM document_file "
            "WHERE preview_sha256 IS NOT NULL GROUP BY sha256"
        )
    )


def downgrade():
    op.drop_table("blob_preview")
