"""files that come in pieces, fixity runs, what the virus scanner says of a file"""

import sqlalchemy as sa
from alembic import op

from portal.kernel.db import EncryptedText, UtcDateTime

revision = "0025"
down_revision = "0034"

UPLOAD_STATE = sa.Enum("receiving", "checking", "ready", "failed", name="uploadstate", native_enum=False, length=40)
SCAN_STATE = sa.Enum("waiting", "clean", "quarantined", "released", name="scanstate", native_enum=False, length=40)


def upgrade():
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("said_mime", sa.String(length=200), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("key", EncryptedText(), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("tail", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("receiving", "checking", "ready", "failed", name="uploadstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("mime", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_upload_owner"), ["owner"], unique=False)
        batch_op.create_index(batch_op.f("ix_upload_sha256"), ["sha256"], unique=False)

    op.create_table(
        "fixity_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("last_address", sa.String(length=64), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_fixity_run_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fixity_run")),
    )
    op.create_table(
        "fixity_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["fixity_run.id"], name=op.f("fk_fixity_finding_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fixity_finding")),
    )
    with op.batch_alter_table("fixity_finding", schema=None) as batch_op:
        batch_op.create_index("ix_fixity_finding_open", ["ended_at", "address"], unique=False)

    with op.batch_alter_table("blob", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "scan",
                sa.Enum("waiting", "clean", "quarantined", "released", name="scanstate", native_enum=False, length=40),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("scanned_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("scan_cause", sa.String(length=300), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_blob_scan"), ["scan"], unique=False)


def downgrade():
    with op.batch_alter_table("blob", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_blob_scan"))
        batch_op.drop_column("scan_cause")
        batch_op.drop_column("scanned_at")
        batch_op.drop_column("scan")

    with op.batch_alter_table("fixity_finding", schema=None) as batch_op:
        batch_op.drop_index("ix_fixity_finding_open")

    op.drop_table("fixity_finding")
    op.drop_table("fixity_run")
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_upload_sha256"))
        batch_op.drop_index(batch_op.f("ix_upload_owner"))
        batch_op.drop_index(batch_op.f("ix_upload_expires_at"))

    op.drop_table("upload")
