"""Profiles: the groups of a lab, what they work out in versions, who stands behind it, what goes together, what is still open."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "lab_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lab_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_lab_group_number")),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_lab_group_lab_id_lab"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lab_group")),
        sa.UniqueConstraint("lab_id", "number", name=op.f("uq_lab_group_lab_id_number")),
    )
    op.create_table(
        "group_member",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["lab_group.id"], name=op.f("fk_group_member_group_id_lab_group"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["lab_member.id"], name=op.f("fk_group_member_member_id_lab_member"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_group_member")),
    )
    op.create_index(op.f("ix_group_member_group_id"), "group_member", ["group_id"], unique=False)
    op.create_table(
        "profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("public_from", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("album_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(published_at IS NULL) = (public_from IS NULL)", name=op.f("ck_profile_published")),
        sa.CheckConstraint(
            "public_from IS NULL OR (public_from >= 1 AND public_from <= version)", name=op.f("ck_profile_public_from")
        ),
        sa.ForeignKeyConstraint(["group_id"], ["lab_group.id"], name=op.f("fk_profile_group_id_lab_group"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["album_id"], ["album.id"], name=op.f("fk_profile_album_id_album")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile")),
        sa.UniqueConstraint("group_id", name=op.f("uq_profile_group_id")),
    )
    op.create_index(op.f("ix_profile_album_id"), "profile", ["album_id"], unique=True)
    op.create_table(
        "open_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("owner_member_id", sa.Integer(), nullable=True),
        sa.Column("owner_institution_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decided_at IS NOT NULL OR decided_by_id IS NULL", name=op.f("ck_open_question_decided")),
        sa.CheckConstraint("decided_at IS NULL OR length(trim(answer)) > 0", name=op.f("ck_open_question_answer")),
        sa.CheckConstraint("owner_member_id IS NULL OR owner_institution_id IS NULL", name=op.f("ck_open_question_owner")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["account.id"], name=op.f("fk_open_question_created_by_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["lab_member.id"], name=op.f("fk_open_question_decided_by_id_lab_member"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["owner_institution_id"], ["institution.id"], name=op.f("fk_open_question_owner_institution_id_institution")
        ),
        sa.ForeignKeyConstraint(
            ["owner_member_id"], ["lab_member.id"], name=op.f("fk_open_question_owner_member_id_lab_member"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_open_question_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_question")),
    )
    op.create_index(op.f("ix_open_question_decided_by_id"), "open_question", ["decided_by_id"], unique=False)
    op.create_index(op.f("ix_open_question_owner_institution_id"), "open_question", ["owner_institution_id"], unique=False)
    op.create_index(op.f("ix_open_question_owner_member_id"), "open_question", ["owner_member_id"], unique=False)
    op.create_index("ix_open_question_profile", "open_question", ["profile_id", "id"], unique=False)
    op.create_table(
        "profile_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("motto", sa.String(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("undertaking", sa.Text(), nullable=False),
        sa.Column("goals", sa.JSON(), nullable=False),
        sa.Column("audiences", sa.JSON(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("traits", sa.JSON(), nullable=False),
        sa.Column("partners", sa.JSON(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("budget", sa.Integer(), nullable=True),
        sa.Column("funding", sa.Text(), nullable=False),
        sa.Column("feasibility", sa.Text(), nullable=False),
        sa.Column("first_steps", sa.JSON(), nullable=False),
        sa.Column("outlook", sa.Text(), nullable=False),
        sa.Column("ecological", sa.Text(), nullable=False),
        sa.Column("economic", sa.Text(), nullable=False),
        sa.Column("social", sa.Text(), nullable=False),
        sa.Column("cultural", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("budget IS NULL OR budget >= 0", name=op.f("ck_profile_version_budget")),
        sa.CheckConstraint("months IS NULL OR months >= 1", name=op.f("ck_profile_version_months")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_profile_version_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"], ["account.id"], name=op.f("fk_profile_version_saved_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_version")),
        sa.UniqueConstraint("profile_id", "number", name=op.f("uq_profile_version_profile_id_number")),
    )
    op.create_table(
        "synergy",
        sa.Column("low_id", sa.Integer(), nullable=False),
        sa.Column("high_id", sa.Integer(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("low_id < high_id", name=op.f("ck_synergy_once")),
        sa.ForeignKeyConstraint(["high_id"], ["profile.id"], name=op.f("fk_synergy_high_id_profile"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["low_id"], ["profile.id"], name=op.f("fk_synergy_low_id_profile"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("low_id", "high_id", name=op.f("pk_synergy")),
    )
    op.create_index("ix_synergy_high_id", "synergy", ["high_id"], unique=False)
    op.create_table(
        "sign_off",
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_off_account_id_account"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["profile_id", "number"],
            ["profile_version.profile_id", "profile_version.number"],
            name=op.f("fk_sign_off_profile_id_number_profile_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("profile_id", "number", "account_id", name=op.f("pk_sign_off")),
    )


def downgrade():
    for table in ("sign_off", "synergy", "profile_version", "open_question", "profile", "group_member", "lab_group"):
        op.drop_table(table)
