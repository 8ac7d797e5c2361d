from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from ideation.core.db import db
from ideation.pictures.models import Picture
from ideation.pictures.rules import PICTURES_MAX
from tests.cast import inside, make_account, make_idea, make_round, put
from tests.visit import body, csrf_token, login, mails, post

ALT = "Vier Menschen stehen um einen Tisch mit Karten."


@pytest.fixture
def cast(app: Flask) -> Any:
    class Cast:
        pass

    cast = Cast()
    with inside(app):
        cast.author, cast.stranger = make_account(), make_account()
        cast.moderator, cast.elsewhere = make_account("moderator"), make_account("moderator")
        cast.idea = make_idea(make_round(cast.moderator), cast.author, title="Bänke")
    cast.here = f"/ideas/{cast.idea.id}/pictures"
    return cast


def photo(size: tuple[int, int] = (1000, 500), colour: str = "#2a7f62") -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def send(client: FlaskClient, here: str, file: bytes | None = None, **fields: Any) -> TestResponse:
    token = csrf_token(client.get("/password", follow_redirects=True))
    data = {"csrf_token": token, "alt": ALT, "shown": "nobody", "form_key": "one", **fields}
    answer = client.post(here, data={**data, "file": (BytesIO(photo() if file is None else file), "bild.jpg")})
    answer.request.environ["wsgi.input"].close()  # what the client wrote to disk
    return answer


def kept(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(Picture.id))) or 0


def the_picture(app: Flask) -> Picture:
    with app.app_context():
        return db.session.scalars(select(Picture)).one()


def test_an_author_shows_a_picture_and_everybody_sees_it(app: Flask, cast: Any) -> None:
    author, visitor = login(app.test_client(), cast.author), app.test_client()
    assert "Bild einstellen" in author.get(f"{cast.here}/new").text
    assert send(author, cast.here, caption="Im Park", credit="Stadtarchiv").status_code == 303
    page = visitor.get(f"/ideas/{cast.idea.id}").text
    assert ALT in page and "Im Park" in page and "Stadtarchiv" in page
    picture = the_picture(app)
    for size, width in (("small", 720), ("large", 1000)):
        answer = visitor.get(f"{cast.here}/{picture.id}-{size}.jpg")
        assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, "image/jpeg", "no-cache")
        assert Image.open(BytesIO(answer.data)).width == width
        assert "Set-Cookie" not in answer.headers
    assert (picture.consent, picture.added_by_id) == ("Auf dem Bild ist niemand zu erkennen.", cast.author.id)


def test_the_same_form_twice_is_one_picture(app: Flask, cast: Any) -> None:
    author = login(app.test_client(), cast.author)
    assert [send(author, cast.here).status_code for _ in range(2)] == [303, 303]
    assert kept(app) == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"alt": ""}, "was auf dem Bild zu sehen ist"),
        ({"alt": "x" * 301}, "höchstens 300 Zeichen"),
        ({"shown": ""}, "Bitte bestätigen Sie eines von beiden"),
        ({"shown": "everybody"}, "Not a valid choice"),
        ({"file": b""}, "Bitte wählen Sie ein Bild aus"),
        ({"file": b"<svg/>"}, "JPEG, PNG oder WebP"),
        ({"file": photo() + bytes(5_000_000)}, "höchstens 5 MB"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_typed_is_lost(app: Flask, cast: Any, fields: Any, sentence: str) -> None:
    answer = send(login(app.test_client(), cast.author), cast.here, **{"caption": "Im Park", **fields})
    assert answer.status_code == 422
    assert (sentence in answer.text) or fields == {"shown": "everybody"}
    assert 'value="Im Park"' in answer.text
    assert kept(app) == 0


def test_a_file_far_too_large_is_refused_with_a_sentence(app: Flask, cast: Any) -> None:
    answer = send(login(app.test_client(), cast.author), cast.here, bytes(26_000_000))
    assert answer.status_code == 413 and "Die Datei ist zu groß" in answer.text


def test_only_so_many(app: Flask, cast: Any) -> None:
    author, file = login(app.test_client(), cast.author), photo((20, 20))
    assert {send(author, cast.here, file, form_key=str(n)).status_code for n in range(PICTURES_MAX)} == {303}
    answer = send(author, cast.here, file, form_key="more")
    assert answer.status_code == 422 and "Bitte entfernen Sie zuerst eines" in answer.text
    assert kept(app) == PICTURES_MAX
    assert "Bild einstellen" not in author.get(cast.here).text.split("<main")[1].split("<ul")[0]


def test_nobody_else_shows_or_looks_after_pictures(app: Flask, cast: Any) -> None:
    send(login(app.test_client(), cast.author), cast.here)
    picture = the_picture(app).id
    for person in (cast.stranger, cast.elsewhere):
        client = login(app.test_client(), person)
        assert client.get(cast.here).status_code == client.get(f"{cast.here}/{picture}").status_code == 404
        assert client.get(f"{cast.here}/new").status_code == send(client, cast.here, form_key="two").status_code == 403
        for what in ("", "/removal", "/visibility"):
            assert (
                post(client, f"{cast.here}/{picture}{what}", alt=ALT, visibility="hidden", reason="Das passt nicht.").status_code
                == 404
            )
    assert app.test_client().get(cast.here).status_code == 302
    assert kept(app) == 1 and the_picture(app).visibility == "shown"


def test_a_picture_is_found_only_where_it_belongs(app: Flask, cast: Any) -> None:
    send(login(app.test_client(), cast.author), cast.here)
    with inside(app):
        other, draft = make_idea(make_round()), make_idea(make_round(), cast.author, status="draft")
    picture = the_picture(app).id
    visitor = app.test_client()
    for address in (
        f"/ideas/{other.id}/pictures/{picture}",
        f"/ideas/{draft.id}/pictures/{picture}",
        f"/labs/nirgends/pictures/{picture}",
        f"/ideas/x/pictures/{picture}",
    ):
        assert visitor.get(f"{address}-small.jpg").status_code == 404
    assert visitor.get(f"{cast.here}/{picture}-huge.jpg").status_code == 404


def test_words_are_changed_and_the_picture_is_removed(app: Flask, cast: Any) -> None:
    author = login(app.test_client(), cast.author)
    send(author, cast.here)
    picture = the_picture(app).id
    answer = post(author, f"{cast.here}/{picture}", alt="", caption="Neu")
    assert answer.status_code == 422 and 'value="Neu"' in answer.text
    assert post(author, f"{cast.here}/{picture}", alt="Eine Bank im Schatten.", htmx=True).status_code < 400
    assert the_picture(app).alt == "Eine Bank im Schatten."
    assert post(author, f"{cast.here}/{picture}/removal").status_code == 303
    assert kept(app) == 0
    assert post(author, f"{cast.here}/{picture}/removal").status_code == 404
    assert "Eine Bank im Schatten." not in app.test_client().get(f"/ideas/{cast.idea.id}").text


def test_moderation_hides_with_a_reason_that_is_told_and_shows_again(app: Flask, cast: Any) -> None:
    send(login(app.test_client(), cast.author), cast.here)
    picture, moderator, visitor = the_picture(app).id, login(app.test_client(), cast.moderator), app.test_client()
    here, image = f"{cast.here}/{picture}/visibility", f"{cast.here}/{picture}-small.jpg"
    assert post(moderator, here, visibility="hidden", reason="").status_code == 422
    assert post(moderator, here, visibility="hidden", reason="Ein Kind ist zu erkennen.").status_code == 303
    assert post(moderator, here, visibility="hidden", reason="Ein Kind ist zu erkennen.").status_code == 303
    assert visitor.get(image).status_code == 404 and ALT not in visitor.get(f"/ideas/{cast.idea.id}").text
    assert "Ein Kind ist zu erkennen." in login(app.test_client(), cast.author).get(cast.here).text
    told = [body(mail) for mail in mails(app, cast.author.email)]
    assert sum("Ein Kind ist zu erkennen." in text for text in told) == 1
    assert moderator.get(image).headers["Cache-Control"] == "private, no-store"
    author = login(app.test_client(), cast.author)
    assert post(author, f"{cast.here}/{picture}/removal").status_code == 403 and kept(app) == 1
    assert post(moderator, here, visibility="shown").status_code == 303
    assert visitor.get(image).status_code == 200
    assert post(moderator, here, visibility="upside-down").status_code == 400


def test_an_author_who_moderates_does_not_judge_the_own_picture(app: Flask, cast: Any) -> None:
    with inside(app):
        own = make_idea(make_round(cast.moderator), cast.moderator)
    moderator = login(app.test_client(), cast.moderator)
    send(moderator, f"/ideas/{own.id}/pictures")
    where = f"/ideas/{own.id}/pictures/{the_picture(app).id}/visibility"
    assert post(moderator, where, visibility="hidden", reason="Gefällt nicht mehr.").status_code == 403


def test_a_page_costs_the_same_with_ten_pictures(app: Flask, cast: Any, statements: Any) -> None:
    with inside(app):
        from ideation.pictures.models import Album

        album = put(Album())
        db.session.merge(cast.idea).album_id = album.id
    author, counts = login(app.test_client(), cast.author), []
    for n in range(10):
        assert send(author, cast.here, photo((20, 20)), form_key=str(n)).status_code == 303
        if n in {0, 9}:
            with statements() as seen:
                app.test_client().get(f"/ideas/{cast.idea.id}")
            counts.append(len(seen))
    assert counts[0] == counts[1] <= 11
