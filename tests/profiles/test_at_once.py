"""Eight people save one profile in the same moment, each another field and all the same list."""

import threading
from dataclasses import replace

from flask import Flask

from ideation.core.clock import now
from ideation.core.db import db
from ideation.profiles import actions
from ideation.profiles.queries import content_of, profile_of
from ideation.profiles.rules import Choice, Content
from tests.cast import inside, make_account, make_group, make_lab, make_member
from tests.profiles.scene import Scene

FIELDS = ("motto", "period", "funding", "feasibility", "outlook", "ecological", "social", "cultural")


def test_nothing_is_lost_when_eight_save_at_once(app: Flask) -> None:
    scene = Scene(app)
    with inside(app):
        lab = make_lab()
        people = [make_account() for _ in FIELDS]
        make_group(lab, *(make_member(lab, account) for account in people))
        scene.slug = lab.slug
        actions.save_profile(people[0], scene.group(), Content("Bus", goals=("Ankommen",)), now=now())
    begin, asked = threading.Barrier(len(FIELDS)), []

    def save(place: int) -> None:
        mine = replace(Content("Bus", goals=("Ankommen", f"Ziel {place}")), **{FIELDS[place]: f"von {place}"})
        seen, choices = 1, {}
        begin.wait()
        while True:
            with app.app_context():
                try:
                    actions.save_profile(people[place], scene.group(), mine, seen=seen, choices=choices, now=now())
                    db.session.commit()
                    return
                except actions.Disputed as dispute:
                    db.session.rollback()
                    asked.append(place)
                    mine, seen, choices = dispute.merged.content, dispute.version, {"goals": Choice.BOTH}

    threads = [threading.Thread(target=save, args=(place,)) for place in range(len(FIELDS))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with inside(app):
        profile = profile_of(scene.group())
        assert profile is not None and profile.version == 1 + len(FIELDS)
        content = content_of(profile, profile.version)
        assert content is not None and set(content.goals) == {"Ankommen", *(f"Ziel {place}" for place in range(len(FIELDS)))}
        assert [content.value(name) for name in FIELDS] == [f"von {place}" for place in range(len(FIELDS))]
    # Only the first of them is not asked.
    assert set(asked) | {next(iter(set(range(len(FIELDS))) - set(asked)))} == set(range(len(FIELDS)))
