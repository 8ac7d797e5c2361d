"""Groups of a lab: who makes them, who works in one."""

from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from ideation.core.clock import now
from ideation.core.db import db
from ideation.core.verdict import Invalid, NotFound, Refused
from ideation.groups import actions
from ideation.groups.models import GroupMember, LabGroup
from ideation.groups.queries import accounts_in, members_by_group, standing
from ideation.labs.queries import lab_or_404
from tests.cast import inside, make_account, make_group, make_lab, make_member


@pytest.fixture
def scene(app: Flask) -> SimpleNamespace:
    with inside(app):
        moderator, lead, anna, ben, stranger = (make_account("moderator"), *(make_account() for _ in range(4)))
        lab = make_lab(created_by_id=moderator.id)
        make_member(lab, lead, role="facilitator")
        members = [make_member(lab, anna), make_member(lab, ben), make_member(lab)]
        group = make_group(lab, members[1])
        return SimpleNamespace(
            moderator=moderator, lead=lead, anna=anna, ben=ben, stranger=stranger, slug=lab.slug, members=members, group=group.id,
            elsewhere=make_member(make_lab()),
        )  # fmt: skip


def test_the_laborbegleitung_makes_groups_and_the_numbers_follow(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        lab = lab_or_404(scene.slug)
        made = [
            actions.create_group(who, lab, f"  Gruppe\nvon {n} ", now=now()) for n, who in enumerate((scene.lead, scene.moderator))
        ]
        assert [(group.number, group.title) for group in made] == [(2, "Gruppe von 0"), (3, "Gruppe von 1")]
        actions.rename_group(scene.lead, made[0], "Busse", now=now())
        assert made[0].title == "Busse"
        for nobody in (scene.anna, scene.stranger):
            with pytest.raises(Refused):
                actions.create_group(nobody, lab, "Meine", now=now())
            with pytest.raises(Refused):
                actions.rename_group(nobody, made[0], "Meine", now=now())
        with pytest.raises(Invalid):
            actions.create_group(scene.lead, lab, "x" * 121, now=now())
        for _ in range(27):
            actions.create_group(scene.lead, lab, "", now=now())
        with pytest.raises(Invalid):
            actions.create_group(scene.lead, lab, "", now=now())


def test_a_member_is_in_one_group_and_changes_over(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        lab = lab_or_404(scene.slug)
        first = db.session.scalars(select(LabGroup).where(LabGroup.id == scene.group)).one()
        first.lab = lab
        second = actions.create_group(scene.lead, lab, "Zweite", now=now())
        for _ in range(2):
            actions.join_group(scene.anna, first, now=now())
            assert accounts_in(first) == {scene.anna.id, scene.ben.id}
        actions.join_group(scene.anna, second, now=now())
        assert accounts_in(first) == {scene.ben.id} and standing(scene.anna, lab).group_id == second.id
        actions.leave_group(scene.anna, first, now=now())
        assert accounts_in(second) == {scene.anna.id}
        actions.leave_group(scene.anna, second, now=now())
        assert accounts_in(second) == set()
        for nobody in (scene.stranger, scene.moderator):
            with pytest.raises(Refused):
                actions.join_group(nobody, first, now=now())


def test_the_laborbegleitung_places_people_of_the_lab_only(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        lab, nobody = lab_or_404(scene.slug), scene.members[2]
        group = db.session.scalars(select(LabGroup).where(LabGroup.id == scene.group)).one()
        group.lab = lab
        actions.place_member(scene.lead, nobody, group, now=now())
        assert {m.id for m in members_by_group([group.id])[group.id]} == {nobody.id, scene.members[1].id}
        assert accounts_in(group) == {scene.ben.id}
        with pytest.raises(NotFound):
            actions.place_member(scene.lead, scene.elsewhere, group, now=now())
        with pytest.raises(Refused):
            actions.place_member(scene.anna, scene.members[0], group, now=now())
        actions.take_out_member(scene.lead, nobody, group, now=now())
        assert db.session.get(GroupMember, nobody.id) is None


def test_who_left_the_lab_is_in_no_group(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        lab = lab_or_404(scene.slug)
        group = db.session.scalars(select(LabGroup).where(LabGroup.id == scene.group)).one()
        db.session.merge(scene.members[1]).left_at = now()
        db.session.flush()
        assert accounts_in(group) == set() and members_by_group([group.id]) == {}
        assert standing(scene.ben, lab).group_id is None
