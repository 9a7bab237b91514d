"""council: binding regulations and what the public says of them"""

import sqlalchemy as sa
from alembic import op

import portal.kernel.db

revision = "0033"
down_revision = "0026"


def upgrade():
    op.create_table(
        "regulation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column(
            "area",
            sa.Enum(
                "municipal",
                "social",
                "children",
                "fees",
                "tax",
                "other_law",
                "other",
                "statute",
                "budget",
                "planning",
                name="area",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.JSON(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("draft_text", sa.Text(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("ministry", sa.String(length=300), nullable=True),
        sa.Column("address", sa.String(length=100), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("opinion_on", sa.Date(), nullable=True),
        sa.Column("objections", sa.Boolean(), nullable=False),
        sa.Column("opinion_text", sa.Text(), nullable=True),
        sa.Column("kept_on", sa.Date(), nullable=True),
        sa.Column("kept_by", sa.String(length=40), nullable=True),
        sa.Column("gazette_on", sa.Date(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("gazette_number", sa.String(length=60), nullable=True),
        sa.Column("gazette_url", sa.String(length=300), nullable=True),
        sa.Column("set_on", sa.Date(), nullable=True),
        sa.Column("in_force_on", sa.Date(), nullable=True),
        sa.Column("repealed_on", sa.Date(), nullable=True),
        sa.Column("earlier", sa.JSON(), nullable=False),
        sa.Column("made_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_regulation_decision_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_regulation_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regulation")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_regulation_proposal_id")),
        sa.UniqueConstraint("year", "seq", name="regulation_number"),
    )
    with op.batch_alter_table("regulation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_regulation_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_regulation_in_force_on"), ["in_force_on"], unique=False)

    op.create_table(
        "public_opinion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("regulation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", portal.kernel.db.UtcDateTime(), nullable=False),
        sa.Column("from_hash", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum("taken", "partly", "not_taken", name="opinionoutcome", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("answered_at", portal.kernel.db.UtcDateTime(), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_public_opinion_answered_by_id")),
        sa.ForeignKeyConstraint(["regulation_id"], ["regulation.id"], name=op.f("fk_public_opinion_regulation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_opinion")),
    )
    with op.batch_alter_table("public_opinion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_public_opinion_from_hash"), ["from_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_public_opinion_regulation_id"), ["regulation_id"], unique=False)


def downgrade():
    with op.batch_alter_table("public_opinion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_public_opinion_regulation_id"))
        batch_op.drop_index(batch_op.f("ix_public_opinion_from_hash"))

    op.drop_table("public_opinion")
    with op.batch_alter_table("regulation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_regulation_in_force_on"))
        batch_op.drop_index(batch_op.f("ix_regulation_delivery_id"))

    op.drop_table("regulation")
