from flask import Flask

from tests.cast import (
    DECISIONS,
    inside,
    make_account,
    make_ballot,
    make_challenge,
    make_comment,
    make_idea,
    make_round,
)


def test_the_cast_fits_into_the_database(app: Flask) -> None:
    with inside(app):
        author = make_account(name="Ada")
        round_ = make_round(make_account("moderator"))
        challenge = make_challenge(round_, author)
        idea = make_idea(round_, author, challenge=challenge)
        make_comment(idea, author, parent=make_comment(idea))
        make_ballot(round_, idea)
    assert (author.display_name, idea.comments, challenge.ideas) == ("Ada", 2, 1)


def test_a_thing_can_be_placed_in_every_decided_state(app: Flask) -> None:
    with inside(app):
        round_ = make_round()
        assert {make_idea(round_, status=status).status for status in DECISIONS} == set(DECISIONS)
