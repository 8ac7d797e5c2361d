"""Documentation of labs, kept as it was printed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "documentation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lab_id", sa.Integer(), nullable=True),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(lab_id IS NULL) <> (round_id IS NULL)", name=op.f("ck_documentation_subject")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_documentation_sha256")),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_documentation_lab_id_lab"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_documentation_round_id_round"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["kept_by_id"], ["account.id"], name=op.f("fk_documentation_kept_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documentation")),
        sa.UniqueConstraint("lab_id", "number", name=op.f("uq_documentation_lab_id_number")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_documentation_round_id_number")),
    )


def downgrade():
    op.drop_table("documentation")
