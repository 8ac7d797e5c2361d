"""A lab with a group of two that works out a profile, its Laborbegleitung, a member of no group, a stranger."""

from typing import Any

from flask import Flask

from ideation.groups.models import LabGroup
from ideation.groups.queries import group_or_404
from ideation.labs.queries import lab_or_404
from ideation.profiles.models import Profile
from ideation.profiles.queries import profile_of
from tests.cast import inside, make_account, make_group, make_lab, make_member


class Scene:
    def __init__(self, app: Flask, **lab: Any) -> None:
        with inside(app):
            self.anna, self.ben, self.other, self.lead, self.stranger = (make_account() for _ in range(5))
            made = make_lab(title="Mobil in der Stadt", **lab)
            self.slug = made.slug
            self.members = [
                make_member(made, self.anna, listed=True, name="Anna Muster"),
                make_member(made, self.ben, name="Ben Beispiel"),
            ]
            make_member(made, self.other)
            make_member(made, self.lead, role="facilitator")
            make_group(made, *self.members, make_member(made), title="Busse")
        self.url = f"/labs/{self.slug}/profiles/1"

    def group(self) -> LabGroup:
        """Inside the application."""
        return group_or_404(lab_or_404(self.slug), 1)

    def group_profile(self) -> Profile:
        profile = profile_of(self.group())
        assert profile is not None
        return profile
