"""council: drafts on their way, their versions and amendments; drafts of before get one version"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0032"
down_revision = "0024"


def upgrade():
    op.create_table(
        "draft_template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "act_kind",
            sa.Enum(
                "individual",
                "external_regulation",
                "political",
                "own_office",
                name="actkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "subject",
            sa.Enum(
                "general",
                "budget",
                "statute",
                "planning",
                "council_chair",
                "committee_members",
                "executive_director",
                "institution_head",
                "mandate",
                "agenda_order",
                "agenda_change",
                name="subject",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_template")),
        sa.UniqueConstraint("name", name=op.f("uq_draft_template_name")),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "submitter",
            sa.Enum(
                "chair",
                "committee",
                "deputy",
                "initiator",
                "director",
                "residents",
                "minister",
                name="submitter",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("submitter_name", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("budget_line", sa.String(length=200), nullable=True),
        sa.Column("real_estate", sa.Boolean(), nullable=False),
        sa.Column("in_order", sa.Boolean(), nullable=False),
        sa.Column(
            "skipped",
            sa.Enum("extraordinary", "special_regular", "officials", name="skip", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["previous_id"], ["proposal.id"], name=op.f("fk_proposal_previous_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_document_id"), ["document_id"], unique=False)

    op.create_table(
        "draft_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("money_only", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draft_check_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_check")),
    )
    op.create_table(
        "matter_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum("submitted", "edited", "amended", "merged", name="versioncause", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("amendment_id", sa.Uuid(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("saved_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_matter_version_by_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_matter_version_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_version")),
        sa.UniqueConstraint("proposal_id", "number", name="matter_version_number"),
    )
    op.create_table(
        "amendment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author_name", sa.String(length=160), nullable=False),
        sa.Column("old_text", sa.Text(), nullable=False),
        sa.Column("new_text", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("of_submitter", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed", "accepted", "rejected", "withdrawn", name="amendmentstate", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("proposed_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("merged_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_amendment_author_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_amendment_entered_by_id")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_amendment_matter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
        sa.UniqueConstraint("matter_id", "n", name="amendment_number"),
    )
    op.create_table(
        "proposal_stop",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("by_law", sa.Boolean(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["body_id"], ["council_body.id"], name=op.f("fk_proposal_stop_body_id")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_proposal_stop_matter_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_proposal_stop_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_stop")),
        sa.UniqueConstraint("proposal_id", "body_id", name="proposal_stop_once"),
    )
    with op.batch_alter_table("proposal_stop", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_stop_matter_id"), ["matter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposal_stop_proposal_id"), ["proposal_id"], unique=False)

    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proposal_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("text_version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("opinion", sa.Text(), nullable=True))
        batch_op.create_index(batch_op.f("ix_matter_proposal_id"), ["proposal_id"], unique=False)
        batch_op.create_index("matter_added", ["added_at", "id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_matter_proposal_id"), "proposal", ["proposal_id"], ["id"])

    _keep_drafts_of_before()


def _keep_drafts_of_before():
    """Each draft that came from no other matter is a submission with one version; what comes from it belongs to it."""
    op.execute(
        "INSERT INTO proposal (id, note, legal_basis, real_estate, in_order, made_at) SELECT id, '', '', false, true,"
        " added_at FROM matter WHERE origin_matter_id IS NULL AND draft_text <> ''"
    )
    op.execute(
        "INSERT INTO matter_version (id, proposal_id, number, text, cause, by_id, saved_at) SELECT id, id, 1,"
        " draft_text, 'submitted', proposed_by_id, added_at FROM matter"
        " WHERE origin_matter_id IS NULL AND draft_text <> ''"
    )
    op.execute(
        "UPDATE matter SET proposal_id = id, text_version = 1 WHERE origin_matter_id IS NULL AND draft_text <> ''"
    )
    following = sa.text(
        "UPDATE matter SET text_version = 1, proposal_id = (SELECT o.proposal_id FROM matter o"
        " WHERE o.id = matter.origin_matter_id) WHERE proposal_id IS NULL AND origin_matter_id IN"
        " (SELECT id FROM matter WHERE proposal_id IS NOT NULL)"
    )
    while op.get_bind().execute(following).rowcount:
        pass


def downgrade():
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_matter_proposal_id"), type_="foreignkey")
        batch_op.drop_index("matter_added")
        batch_op.drop_index(batch_op.f("ix_matter_proposal_id"))
        batch_op.drop_column("opinion")
        batch_op.drop_column("text_version")
        batch_op.drop_column("proposal_id")

    with op.batch_alter_table("proposal_stop", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposal_stop_proposal_id"))
        batch_op.drop_index(batch_op.f("ix_proposal_stop_matter_id"))

    op.drop_table("proposal_stop")
    op.drop_table("amendment")
    op.drop_table("matter_version")
    op.drop_table("draft_check")
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposal_document_id"))

    op.drop_table("proposal")
    op.drop_table("draft_template")
