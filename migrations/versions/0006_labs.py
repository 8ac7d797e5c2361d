"""Labs: who takes part and with which consent, places without a person, invitations, targets, what a lab promises."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0003"
branch_labels = None
depends_on = None

ROLES = "role IN ('member', 'host', 'facilitator')"
# Both databases add a column with its check in one statement; SQLite would otherwise copy the table.
COLUMNS = (
    ("promise", "TEXT NOT NULL DEFAULT ''"),
    ("audience", "TEXT NOT NULL DEFAULT ''"),
    ("products", "TEXT NOT NULL DEFAULT ''"),
    ("format", "TEXT NOT NULL DEFAULT ''"),
    ("website", "VARCHAR NOT NULL DEFAULT ''"),
    ("closing", "TEXT NOT NULL DEFAULT ''"),
    ("seats", "INTEGER CONSTRAINT ck_lab_seats CHECK (seats IS NULL OR seats >= 1)"),
)


def upgrade():
    for column, definition in COLUMNS:
        op.execute(f"ALTER TABLE lab ADD COLUMN {column} {definition}")
    op.create_table(
        "lab_facilitator",
        sa.Column("lab_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_lab_facilitator_lab_id_lab"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_lab_facilitator_institution_id_institution")),
        sa.PrimaryKeyConstraint("lab_id", "institution_id", name=op.f("pk_lab_facilitator")),
    )
    op.create_table(
        "lab_target",
        sa.Column("lab_id", sa.Integer(), nullable=False),
        sa.Column("sector", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count >= 1", name=op.f("ck_lab_target_count")),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_lab_target_lab_id_lab"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lab_id", "sector", name=op.f("pk_lab_target")),
    )
    op.create_table(
        "lab_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lab_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removal_reason", sa.Text(), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=True),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(ROLES, name=op.f("ck_lab_member_role")),
        sa.CheckConstraint("(consent_text IS NULL) = (consent_at IS NULL)", name=op.f("ck_lab_member_consent")),
        sa.CheckConstraint("removal_reason = '' OR left_at IS NOT NULL", name=op.f("ck_lab_member_removal")),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_lab_member_lab_id_lab"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_lab_member_account_id_account"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_lab_member_institution_id_institution")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lab_member")),
    )
    op.create_index("ix_lab_member_lab_id", "lab_member", ["lab_id"])
    op.create_index("ix_lab_member_account_id", "lab_member", ["account_id"])
    op.create_index("ix_lab_member_institution_id", "lab_member", ["institution_id"])
    here = sa.text("left_at IS NULL")
    op.create_index(
        "uq_lab_member_once", "lab_member", ["lab_id", "account_id"], unique=True, sqlite_where=here, postgresql_where=here
    )
    op.create_table(
        "lab_places",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lab_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count >= 1", name=op.f("ck_lab_places_count")),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_lab_places_lab_id_lab"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_lab_places_institution_id_institution")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lab_places")),
    )
    op.create_index("ix_lab_places_lab_id", "lab_places", ["lab_id"])
    op.create_index("ix_lab_places_institution_id", "lab_places", ["institution_id"])
    op.create_table(
        "lab_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lab_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("invited_by_id", sa.Integer(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(ROLES, name=op.f("ck_lab_invitation_role")),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_lab_invitation_lab_id_lab"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_lab_invitation_institution_id_institution")),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["account.id"], name=op.f("fk_lab_invitation_invited_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lab_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_lab_invitation_token_hash")),
    )
    op.create_index("ix_lab_invitation_lab_id", "lab_invitation", ["lab_id"])
    op.create_index("ix_lab_invitation_institution_id", "lab_invitation", ["institution_id"])


def downgrade():
    for table in ("lab_invitation", "lab_places", "lab_member", "lab_target", "lab_facilitator"):
        op.drop_table(table)
    for column, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE lab DROP COLUMN {column}")
