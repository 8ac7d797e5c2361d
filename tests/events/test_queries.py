from flask import Flask

from ideation.core.db import db
from ideation.events.queries import belongings_of
from tests.cast import inside, make_account, make_event, make_round


def test_a_round_is_looked_after_by_its_moderators_as_long_as_they_are_moderators(app: Flask) -> None:
    with inside(app):
        moderator, other = make_account("moderator"), make_account("moderator")
        event = make_event(make_round(moderator))
    with app.app_context():
        assert [home.mine for home in belongings_of(moderator, [event.id])[event.id]] == [True]
        assert [home.mine for home in belongings_of(other, [event.id])[event.id]] == [False]
        assert [home.mine for home in belongings_of(None, [event.id])[event.id]] == [False]
        moderator = db.session.merge(moderator)
        moderator.role = "participant"
        assert [home.mine for home in belongings_of(moderator, [event.id])[event.id]] == [False]
        db.session.rollback()
