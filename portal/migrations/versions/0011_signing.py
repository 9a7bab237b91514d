"""signing: order of signers, signatures in PDF, the issuer's answer; lists of trusted services; approval rounds"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0011"
down_revision = "0010"

Time = portal.kernel.db.UtcDateTime


def upgrade():
    forms = sa.Enum("asice", "pades", name="signatureformat", native_enum=False, length=40)
    with op.batch_alter_table("signature_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("format", forms, nullable=False, server_default="asice"))
        batch_op.add_column(sa.Column("in_order", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("current_sha256", sa.String(length=64), nullable=True))
    with op.batch_alter_table("signature_request", schema=None) as batch_op:
        batch_op.alter_column("format", existing_type=forms, existing_nullable=False, server_default=None)
        batch_op.alter_column("in_order", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
    with op.batch_alter_table("signature_signer", schema=None) as batch_op:
        batch_op.alter_column("prepared_xml", new_column_name="prepared", existing_type=sa.LargeBinary())
        batch_op.alter_column("signature_xml", new_column_name="signature", existing_type=sa.LargeBinary())
        batch_op.add_column(sa.Column("asked_at", Time(), nullable=True))
        batch_op.add_column(sa.Column("batch_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("prepared_sha256", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("issuer_answer", sa.LargeBinary(), nullable=True))
        batch_op.create_index(batch_op.f("ix_signature_signer_batch_id"), ["batch_id"], unique=False)
    op.execute(
        "UPDATE signature_signer SET asked_at = "
        "(SELECT requested_at FROM signature_request WHERE signature_request.id = signature_signer.request_id)"
    )
    _lists()
    _approvals()


def _lists():
    op.create_table(
        "trust_list",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("operator", sa.String(length=300), nullable=False),
        sa.Column("territory", sa.String(length=10), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("issued_at", Time(), nullable=True),
        sa.Column("next_update", Time(), nullable=True),
        sa.Column("services", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("read_at", Time(), nullable=True),
        sa.Column("tried_at", Time(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("added_by_id", sa.Uuid(), nullable=True),
        sa.Column("removed_at", Time(), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_trust_list_added_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trust_list")),
        sa.UniqueConstraint("url", name=op.f("uq_trust_list_url")),
    )


def _approvals():
    op.create_table(
        "approval_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("about_kind", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("file_name", sa.String(length=300), nullable=False),
        sa.Column("mime", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("in_order", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "approved", "returned", "replaced", "cancelled", name="roundstate", native_enum=False,
                    length=40),
            nullable=False,
        ),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", Time(), nullable=False),
        sa.Column("finished_at", Time(), nullable=True),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("access_set_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["access_set_id"], ["access_set.id"], name=op.f("fk_approval_round_access_set_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_approval_round_asked_by_id")),
        sa.ForeignKeyConstraint(["previous_id"], ["approval_round.id"], name=op.f("fk_approval_round_previous_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_round")),
        sa.UniqueConstraint(
            "about_kind", "about_id", "number", name=op.f("uq_approval_round_about_kind_about_id_number")
        ),
    )  # fmt: skip
    with op.batch_alter_table("approval_round", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_round_access_set_id"), ["access_set_id"], unique=False)
    op.create_table(
        "approval_approver",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("asked_at", Time(), nullable=True),
        sa.Column(
            "answer",
            sa.Enum("approved", "with_remarks", "returned", name="answer", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("answered_at", Time(), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("kept_from_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_approval_approver_answered_by_id")),
        sa.ForeignKeyConstraint(
            ["kept_from_id"], ["approval_approver.id"], name=op.f("fk_approval_approver_kept_from_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_approval_approver_person_id")),
        sa.ForeignKeyConstraint(["round_id"], ["approval_round.id"], name=op.f("fk_approval_approver_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_approver")),
        sa.UniqueConstraint("round_id", "order", name=op.f("uq_approval_approver_round_id_order")),
        sa.UniqueConstraint("round_id", "person_id", name=op.f("uq_approval_approver_round_id_person_id")),
    )
    with op.batch_alter_table("approval_approver", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_approver_person_id"), ["person_id"], unique=False)
    op.create_table(
        "approval_remark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("approver_id", sa.Uuid(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "outcome", sa.Enum("taken", "not_taken", name="remarkoutcome", native_enum=False, length=40), nullable=True
        ),
        sa.Column("outcome_reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", Time(), nullable=True),
        sa.ForeignKeyConstraint(["approver_id"], ["approval_approver.id"], name=op.f("fk_approval_remark_approver_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_approval_remark_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_remark")),
    )
    with op.batch_alter_table("approval_remark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_remark_approver_id"), ["approver_id"], unique=False)


def downgrade():
    for table in ("approval_remark", "approval_approver", "approval_round", "trust_list"):
        op.drop_table(table)
    with op.batch_alter_table("signature_signer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signature_signer_batch_id"))
        for column in ("asked_at", "batch_id", "prepared_sha256", "issuer_answer"):
            batch_op.drop_column(column)
        batch_op.alter_column("prepared", new_column_name="prepared_xml", existing_type=sa.LargeBinary())
        batch_op.alter_column("signature", new_column_name="signature_xml", existing_type=sa.LargeBinary())
    with op.batch_alter_table("signature_request", schema=None) as batch_op:
        for column in ("format", "in_order", "current_sha256"):
            batch_op.drop_column(column)
