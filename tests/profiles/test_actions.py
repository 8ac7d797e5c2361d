"""A profile in versions: nobody overwrites anybody, a group stands behind a version, synergies are read from both ends."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from ideation.core.clock import now
from ideation.core.db import db
from ideation.core.verdict import Invalid, NotFound, Refused
from ideation.profiles import actions
from ideation.profiles.models import Profile, ProfileVersion, SignOff, Synergy
from ideation.profiles.queries import content_of, profile_of, sheets_of, signed_by, synergies_of, versions_of
from ideation.profiles.rules import Choice, Content, signed_off
from tests.cast import inside, make_account, make_group, make_lab, make_profile
from tests.profiles.scene import Scene

BUS = Content("KI-Bus", summary="Ein Bus.", goals=("Ankommen",), months=6)


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene(app)


def latest(scene: Scene) -> tuple[int, Content]:
    profile = profile_of(scene.group())
    assert profile is not None
    content = content_of(profile, profile.version)
    assert content is not None
    return profile.version, content


def test_each_change_is_a_version_and_the_same_again_is_none(app: Flask, scene: Scene) -> None:
    with inside(app):
        for seen in (0, 1, 0):
            actions.save_profile(scene.anna, scene.group(), BUS, seen=seen, now=now())
        assert latest(scene) == (1, BUS)
        actions.save_profile(scene.lead, scene.group(), replace(BUS, months=None, budget=0), seen=1, now=now())
        assert latest(scene) == (2, replace(BUS, months=None, budget=0))
        profile = profile_of(scene.group())
        assert profile is not None and [v.content for v in versions_of(profile, drafts=True).items][1] == BUS
        assert versions_of(profile, drafts=False).total == 0


def test_what_only_one_changed_comes_together(app: Flask, scene: Scene) -> None:
    with inside(app):
        actions.save_profile(scene.anna, scene.group(), BUS, now=now())
        actions.save_profile(scene.anna, scene.group(), replace(BUS, months=12), seen=1, now=now())
        merged = actions.save_profile(scene.ben, scene.group(), replace(BUS, goals=("Ankommen", "Lernen")), seen=1, now=now())
        assert merged.taken == ("months",)
        assert latest(scene) == (3, replace(BUS, months=12, goals=("Ankommen", "Lernen")))


def test_what_both_changed_is_asked_and_nothing_written(app: Flask, scene: Scene) -> None:
    with inside(app):
        actions.save_profile(scene.anna, scene.group(), BUS, now=now())
        actions.save_profile(scene.anna, scene.group(), replace(BUS, goals=("Fahren",), motto="Los"), seen=1, now=now())
        mine = replace(BUS, goals=("Lernen",), title="KI-Bus 2")
        with pytest.raises(actions.Disputed) as raised:
            actions.save_profile(scene.ben, scene.group(), mine, seen=1, now=now())
        dispute = raised.value
        assert dispute.merged.disputed == ("goals",) and dispute.merged.content == replace(mine, motto="Los")
        assert (dispute.version, dispute.theirs.goals) == (2, ("Fahren",))
        assert latest(scene)[0] == 2
        chosen = {"goals": Choice.BOTH}
        actions.save_profile(scene.ben, scene.group(), dispute.merged.content, seen=2, choices=chosen, now=now())
        assert latest(scene) == (3, replace(mine, motto="Los", goals=("Fahren", "Lernen")))


def test_without_a_word_about_where_it_began_nothing_is_overwritten(app: Flask, scene: Scene) -> None:
    with inside(app):
        actions.save_profile(scene.anna, scene.group(), BUS, now=now())
        for seen in (0, 99):
            with pytest.raises(actions.Disputed):
                actions.save_profile(scene.ben, scene.group(), Content("Anders"), seen=seen, now=now())
        assert latest(scene) == (1, BUS)


def test_only_the_group_and_the_laborbegleitung_write(app: Flask, scene: Scene) -> None:
    with inside(app):
        for nobody in (scene.other, scene.stranger):
            with pytest.raises(Refused):
                actions.save_profile(nobody, scene.group(), BUS, now=now())
            with pytest.raises(Refused):
                actions.publish_profile(nobody, scene.group(), now=now())
        with pytest.raises(Refused):
            actions.publish_profile(scene.anna, scene.group(), now=now())
        with pytest.raises(Invalid):
            actions.save_profile(scene.anna, scene.group(), Content("", summary="Wort " * 121), now=now())
        assert db.session.scalar(select(func.count()).select_from(ProfileVersion)) == 0
        db.session.rollback()


def test_published_is_what_is_there_from_then_on(app: Flask, scene: Scene) -> None:
    with inside(app):
        actions.save_profile(scene.anna, scene.group(), BUS, now=now())
        actions.save_profile(scene.anna, scene.group(), replace(BUS, motto="Los"), seen=1, now=now())
        for _ in range(2):
            actions.publish_profile(scene.anna, scene.group(), now=now())
        actions.save_profile(scene.ben, scene.group(), replace(BUS, motto="Weiter"), seen=2, now=now())
        profile = profile_of(scene.group())
        assert profile is not None and profile.public_from == 2
        assert [v.number for v in versions_of(profile, drafts=False).items] == [3, 2]


def test_a_new_version_asks_the_group_anew(app: Flask, scene: Scene) -> None:
    with inside(app):
        actions.save_profile(scene.anna, scene.group(), BUS, now=now())
        everybody = {scene.anna.id, scene.ben.id}
        for who in (scene.anna, scene.anna, scene.ben):
            actions.sign_off(who, scene.group(), 1, now=now())
        profile = profile_of(scene.group())
        assert profile is not None and signed_off(everybody, signed_by(profile))
        actions.save_profile(scene.lead, scene.group(), replace(BUS, motto="Los"), seen=1, now=now())
        assert signed_by(profile) == set()
        with pytest.raises(Invalid):
            actions.sign_off(scene.anna, scene.group(), 1, now=now())
        actions.sign_off(scene.anna, scene.group(), 2, now=now())
        for _ in range(2):
            actions.withdraw_sign_off(scene.anna, scene.group(), now=now())
        assert signed_by(profile) == set()
        for nobody in (scene.lead, scene.other, scene.stranger):
            with pytest.raises(Refused):
                actions.sign_off(nobody, scene.group(), 2, now=now())
        assert db.session.scalar(select(func.count()).select_from(SignOff)) == 2


def test_a_synergy_is_read_from_both_ends(app: Flask, scene: Scene) -> None:
    with inside(app):
        other_lab = make_lab()
        public, draft = make_profile(make_group(other_lab)), make_profile(make_group(other_lab, number=2), public=False)
        for _ in range(2):
            actions.link_synergy(scene.anna, scene.group(), public, now=now())
        own = profile_of(scene.group())
        assert own is not None and [row.id for row in synergies_of(own)] == [public.id]
        # Nobody outside is led to what is not public.
        assert synergies_of(public) == []
        actions.save_profile(scene.anna, scene.group(), BUS, now=now())
        actions.publish_profile(scene.anna, scene.group(), now=now())
        assert [row.title for row in synergies_of(public)] == ["KI-Bus"]
        for wrong in (own, draft):
            with pytest.raises(NotFound):
                actions.link_synergy(scene.anna, scene.group(), wrong, now=now())
        with pytest.raises(Refused):
            actions.link_synergy(scene.other, scene.group(), public, now=now())
        for _ in range(2):
            actions.unlink_synergy(scene.anna, scene.group(), public.id, now=now())
        assert db.session.scalar(select(func.count()).select_from(Synergy)) == 0


def test_what_is_written_down_is_public_at_once_and_only_once(app: Flask, scene: Scene) -> None:
    with inside(app):
        staff = make_account("moderator")
        for _ in range(2):
            profile = actions.import_profile(staff, scene.group(), BUS, now=now())
        assert profile.is_public and latest(scene) == (1, BUS)
        assert db.session.scalar(select(func.count()).select_from(Profile)) == 1
        (sheet,) = sheets_of(scene.group().lab)
        assert sheet.version is not None and sheet.version.saved_at is None and sheet.completeness.filled == 3
        with pytest.raises(Refused):
            actions.import_profile(scene.lead, scene.group(), BUS, now=now())
