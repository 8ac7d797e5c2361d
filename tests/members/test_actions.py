"""People come, are invited, leave; the last place; the stored words."""

import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import func, select

from ideation.activity.models import Activity
from ideation.core.db import db
from ideation.core.mail import Outbox
from ideation.core.secret import token_hash
from ideation.core.verdict import Invalid, NotFound, Refused
from ideation.institutions.actions import merge_institutions
from ideation.institutions.queries import institution_or_404
from ideation.labs.models import LabFacilitator, LabInvitation, LabMember
from ideation.labs.queries import lab_or_404, membership
from ideation.labs.rules import Role
from ideation.members import actions
from ideation.members.queries import crew_of, member_or_404, members_page, taken, targets_of
from ideation.members.rules import INVITATION_LASTS
from ideation.notifications.models import Notification
from tests.cast import inside, make_account, make_idea, make_institution, make_lab, make_member, make_places, make_round, put

NOW = datetime.now(UTC)


@pytest.fixture
def scene(app: Flask) -> SimpleNamespace:
    with inside(app):
        here = SimpleNamespace(
            moderator=make_account("moderator"), lead=make_account(), person=make_account(), other=make_account()
        )
        lab = make_lab(make_idea(make_round(here.moderator), status="in_lab"), status="inviting")
        make_member(lab, here.lead, role="facilitator", name="Leitung")
        here.slug, here.institution = lab.slug, make_institution("Verein")
    return here


def test_who_joins_is_a_member_and_named_only_when_they_agreed(app: Flask, scene: SimpleNamespace) -> None:
    for person, listed in ((scene.person, True), (scene.other, False)):
        with inside(app):
            actions.join_lab(person, lab_or_404(scene.slug), f" Name  {listed} ", scene.institution, listed=listed, now=NOW)
    with app.app_context():
        lab = lab_or_404(scene.slug)
        named, quiet = membership(scene.person, lab.id), membership(scene.other, lab.id)
        assert (named.name, named.role, named.institution.name, named.consent_at) == ("Name True", "member", "Verein", NOW)
        assert "Ich willige ein, dass mein Name" in named.consent_text and quiet.consent_text is quiet.consent_at is None
        groups = {group.institution: group for group in crew_of(lab).groups}
        assert (groups["Verein"].count, groups["Verein"].names, groups["Verein"].unnamed) == (2, ("Name True",), 1)
        assert groups[""].names == () and crew_of(lab, inside=True).unnamed == 0
        # Who leads the lab hears of it, without a name.
        told = db.session.scalars(select(Notification)).all()
        assert {row.account_id for row in told} == {scene.lead.id} and "Name" not in str([row.told for row in told])
        with pytest.raises(Refused):
            actions.join_lab(scene.person, lab, "Noch einmal", None, now=NOW)
        db.session.rollback()
        for name in ("", "  ", "x" * 121):
            with pytest.raises(Invalid):
                actions.join_lab(make_account(), lab_or_404(scene.slug), name, None, now=NOW)
            db.session.rollback()


def test_the_last_place_is_given_once(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        lab = lab_or_404(scene.slug)
        lab.seats = 3
        make_places(lab, scene.institution, 1)
    gate, ends = threading.Barrier(2), []

    def go(person: object) -> None:
        with app.app_context():
            lab = lab_or_404(scene.slug)
            db.session.rollback()
            gate.wait()
            try:
                actions.join_lab(person, lab_or_404(scene.slug), "Ich", None, now=NOW)
                db.session.commit()
                ends.append("in")
            except Refused:
                db.session.rollback()
                ends.append("full")
            assert lab is not None

    threads = [threading.Thread(target=go, args=(person,)) for person in (scene.person, scene.other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(ends) == ["full", "in"]
    with app.app_context():
        assert taken(lab_or_404(scene.slug).id) == 3
        with pytest.raises(Invalid):
            actions.set_places(scene.lead, lab_or_404(scene.slug), scene.institution, 2, now=NOW)


def invited(scene: SimpleNamespace, email: str = "neu@example.org", role: str = "member", institution: object = None) -> str:
    """Mails an invitation and reads the link as its reader would."""
    actions.invite_member(scene.lead, lab_or_404(scene.slug), email, Role(role), institution, now=NOW)
    mail = db.session.scalars(select(Outbox).where(Outbox.recipient == email).order_by(Outbox.id.desc())).first()
    return next(line for line in mail.body.splitlines() if "/labs/invitations/" in line).rpartition("/")[2]


def test_an_invitation_is_accepted_once_and_its_address_forgotten(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        token = invited(scene, role="host", institution=scene.institution)
        kept = db.session.scalars(select(LabInvitation)).one()
        assert (kept.token_hash, kept.email) == (token_hash(token), "neu@example.org")
    with inside(app):
        actions.accept_invitation(scene.person, token, "Linde", listed=True, now=NOW)
    with app.app_context():
        lab = lab_or_404(scene.slug)
        mine = membership(scene.person, lab.id)
        assert (mine.role, mine.institution.name, mine.consent_at) == ("host", "Verein", NOW)
        assert db.session.scalars(select(LabInvitation)).one().email == ""
        for person in (scene.person, scene.other):
            with pytest.raises(Refused):
                actions.accept_invitation(person, token, "Zweite", now=NOW)
            db.session.rollback()
        with pytest.raises(NotFound):
            actions.accept_invitation(scene.other, "unbekannt", "Wer", now=NOW)


def test_a_link_ends_with_time_a_newer_one_and_when_it_is_withdrawn(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        first = invited(scene)
        invited(scene)
        third = invited(scene, "dritte@example.org")
        row = db.session.scalar(select(LabInvitation.id).where(LabInvitation.email == "dritte@example.org"))
        with pytest.raises(Refused):
            actions.withdraw_invitation(scene.other, lab_or_404(scene.slug), row)
        actions.withdraw_invitation(scene.lead, lab_or_404(scene.slug), row)
        # Nobody is flooded: three an hour to one address.
        invited(scene)
        with pytest.raises(Refused) as refused:
            invited(scene)
        assert refused.value.verdict.status == 429
        second = invited(scene, "vierte@example.org")
    late = NOW + INVITATION_LASTS
    with app.app_context():
        for token, moment, error in ((first, NOW, NotFound), (third, NOW, NotFound), (second, late, Refused)):
            with pytest.raises(error):
                actions.accept_invitation(scene.person, token, "Linde", now=moment)
            db.session.rollback()
        actions.forget_invited(NOW)
        assert sorted(db.session.scalars(select(LabInvitation.email))) == ["neu@example.org", "vierte@example.org"]
        actions.forget_invited(late)
        assert db.session.scalars(select(LabInvitation.email)).all() == ["", ""]


def test_only_who_leads_invites_changes_and_removes(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        lab = lab_or_404(scene.slug)
        member = make_member(lab, scene.person, listed=True)
    with app.app_context():
        lab = lab_or_404(scene.slug)
        tries = [
            lambda who: actions.invite_member(who, lab, "x@example.org", Role.MEMBER, None, now=NOW),
            lambda who: actions.change_member(who, lab, member_or_404(lab, member.id), Role.HOST, None, now=NOW),
            lambda who: actions.remove_member(who, lab, member_or_404(lab, member.id), "Darum.", now=NOW),
            lambda who: actions.set_places(who, lab, scene.institution, 2, now=NOW),
            lambda who: actions.set_targets(who, lab, {"science": 2}, now=NOW),
        ]
        for go in tries:
            for who in (scene.person, scene.other):
                with pytest.raises(Refused):
                    go(who)
        with pytest.raises(Invalid):
            actions.remove_member(scene.lead, lab, member_or_404(lab, member.id), " ", now=NOW)
        db.session.rollback()
    for who in (scene.moderator, scene.lead):
        with inside(app):
            lab = lab_or_404(scene.slug)
            actions.change_member(who, lab, member_or_404(lab, member.id), Role.HOST, scene.institution, now=NOW)
    with inside(app):
        lab = lab_or_404(scene.slug)
        actions.remove_member(scene.lead, lab, member_or_404(lab, member.id), "Das Büro hat gewechselt.", now=NOW)
    with app.app_context():
        gone = db.session.get_one(LabMember, member.id)
        assert (gone.left_at, gone.removal_reason, gone.consent_at) == (NOW, "Das Büro hat gewechselt.", None)
        told = db.session.scalars(select(Notification).where(Notification.verb == "member.removed")).one()
        assert (told.account_id, told.told["reason"]) == (scene.person.id, "Das Büro hat gewechselt.")
        with pytest.raises(NotFound):
            member_or_404(lab_or_404(scene.slug), member.id)


def test_consent_is_given_withdrawn_and_ends_with_leaving(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        make_member(lab_or_404(scene.slug), scene.person, name="Linde")
    names = []
    for wanted in (True, True, False, False, True):
        with inside(app):
            actions.consent_to_list(scene.person, lab_or_404(scene.slug), wanted, now=NOW)
        with app.app_context():
            names.append(crew_of(lab_or_404(scene.slug)).groups[0].names)
    assert names == [("Linde",), ("Linde",), (), (), ("Linde",)]
    with inside(app):
        actions.leave_lab(scene.person, lab_or_404(scene.slug), now=NOW)
    with app.app_context():
        lab = lab_or_404(scene.slug)
        assert membership(scene.person, lab.id) is None and crew_of(lab).total == 1
        assert db.session.scalar(select(func.count()).where(LabMember.consent_at.is_not(None))) == 0
        verbs = db.session.scalars(select(Activity.verb).where(Activity.subject_kind == "member").order_by(Activity.id)).all()
        assert verbs == ["member.consented", "member.withdrew_consent", "member.consented", "member.left"]
        for go in (
            lambda: actions.leave_lab(scene.person, lab, now=NOW),
            lambda: actions.consent_to_list(scene.other, lab, True, now=NOW),
        ):
            with pytest.raises(NotFound):
                go()
    with inside(app):
        # Coming back is a membership of its own.
        actions.join_lab(scene.person, lab_or_404(scene.slug), "Linde", None, now=NOW + timedelta(days=1))
    with app.app_context():
        assert members_page(lab_or_404(scene.slug).id, 1).total == 2


def test_places_add_up_are_replaced_and_taken_away(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        lab = lab_or_404(scene.slug)
        # As after a merge of two institutions.
        make_places(lab, scene.institution, 2)
        make_places(lab, scene.institution, 3)
    with app.app_context():
        assert crew_of(lab_or_404(scene.slug)).groups[0].count == 5
    for count in (4, 0):
        with inside(app):
            actions.set_places(scene.lead, lab_or_404(scene.slug), scene.institution, count, now=NOW)
        with app.app_context():
            assert taken(lab_or_404(scene.slug).id) == count + 1
    with app.app_context():
        for count in (-1, 501):
            with pytest.raises(Invalid):
                actions.set_places(scene.lead, lab_or_404(scene.slug), scene.institution, count, now=NOW)
        with pytest.raises(Refused):
            actions.import_places(scene.lead, lab_or_404(scene.slug), scene.institution, 3)


def test_a_merge_of_institutions_takes_people_and_places_along(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        lab, admin, other = lab_or_404(scene.slug), make_account("admin"), make_institution("Verein e. V.")
        for institution, count in ((scene.institution, 2), (other, 3)):
            make_places(lab, institution, count)
            put(LabFacilitator(lab_id=lab.id, institution_id=institution.id))
        make_member(lab, scene.person, institution_id=other.id, listed=True, name="Linde")
    with inside(app):
        merge_institutions(admin, institution_or_404(other.id), institution_or_404(scene.institution.id), now=NOW)
    with app.app_context():
        lab = lab_or_404(scene.slug)
        first = crew_of(lab).groups[0]
        assert (first.institution, first.count, first.names) == ("Verein", 6, ("Linde",))
        assert [each.name for each in lab.facilitators] == ["Verein"]


def test_targets_are_the_numbers_that_matter(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        actions.set_targets(scene.lead, lab_or_404(scene.slug), {"culture": 1, "science": 2, "business": 0}, now=NOW)
    with app.app_context():
        lab = lab_or_404(scene.slug)
        assert list(targets_of(lab.id).items()) == [("science", 2), ("culture", 1)] and crew_of(lab).missing == targets_of(lab.id)
        with pytest.raises(Invalid):
            actions.set_targets(scene.lead, lab, {"science": -1}, now=NOW)
