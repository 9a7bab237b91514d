"""the text of a file is kept once with its bytes, and so is what lies inside a container"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0028"


def upgrade():
    op.create_table(
        "blob_text",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("mime", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("cause", sa.String(40), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("scanned", sa.String(40), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_blob_text_sha256")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob_text")),
    )
    op.create_index(
        "ix_blob_text_parked", "blob_text", ["sha256"],
        sqlite_where=sa.text("state = 'parked'"), postgresql_where=sa.text("state = 'parked'"),
    )  # fmt: skip
    op.create_index(
        "ix_blob_text_scanned", "blob_text", ["read_at"],
        sqlite_where=sa.text("scanned = 'waiting'"), postgresql_where=sa.text("scanned = 'waiting'"),
    )  # fmt: skip
    op.create_table(
        "blob_inner",
        sa.Column("container_sha256", sa.String(64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["container_sha256"], ["blob.sha256"], name=op.f("fk_blob_inner_container_sha256")),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_blob_inner_sha256")),
        sa.PrimaryKeyConstraint("container_sha256", "place", name=op.f("pk_blob_inner")),
    )
    op.create_index(op.f("ix_blob_inner_sha256"), "blob_inner", ["sha256"])
    op.execute(
        "INSERT INTO blob_text (sha256, name, mime, text, places, state, cause, params, scanned, read_at) "
        "SELECT sha256, min(name), min(mime), max(text), '[]', 'read', '', '{}', 'none', max(added_at) "
        "FROM document_file WHERE text <> '' GROUP BY sha256"
    )
    with op.batch_alter_table("document_file", schema=None) as batch_op:
        batch_op.drop_column("text")


def downgrade():
    with op.batch_alter_table("document_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("text", sa.Text(), nullable=False, server_default=""))
    op.execute(
        "UPDATE document_file SET text = COALESCE((SELECT text FROM blob_text "
        "WHERE blob_text.sha256 = document_file.sha256), '')"
    )
    op.drop_table("blob_inner")
    op.drop_table("blob_text")
