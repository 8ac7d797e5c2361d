from pathlib import Path

from flask import Flask

from ideation.core.db import db
from ideation.ideas.models import Idea
from ideation.transfer.rules import Kind
from tests.cast import inside, make_account, make_comment, make_idea, make_round
from tests.transfer.files import Transfer, madrid_comments, madrid_ideas, reykjavik, stuttgart, table

SOUND = {
    "source": "x",
    "source_id": "1",
    "title": "Bänke",
    "body": "Mehr Bänke am Wall.",
    "date": "2024-05",
    "author": "Mara",
    "lang": "de",
}


def place(app: Flask, slug: str = "r", **more: object) -> str:
    with inside(app):
        return str(make_round(make_account("moderator"), slug=slug, **more).slug)


def counted(app: Flask) -> dict[str, tuple[str, int]]:
    with app.app_context():
        return {idea.source_id or "": (idea.title, idea.comments) for idea in db.session.query(Idea)}


def test_one_faulty_line_keeps_all_others_out(app: Flask, tmp_path: Path) -> None:
    transfer, slug = Transfer(app, tmp_path), place(app)
    rows = [SOUND, {**SOUND, "source_id": "2", "title": "", "body": ""}, {**SOUND, "source_id": "3", "date": "gestern"}]
    code, _, told = transfer.take(Kind.IDEAS, table(Kind.IDEAS, rows), slug)
    assert (code, [line.split(":")[0] for line in told[:2]]) == (1, ["3", "4"])
    assert counted(app) == {}


def test_faulty_lines_can_be_left_out_and_a_second_run_changes_nothing(app: Flask, tmp_path: Path) -> None:
    transfer, slug = Transfer(app, tmp_path), place(app)
    content = table(
        Kind.IDEAS, [SOUND, {**SOUND, "source_id": "2", "lang": "klingonisch"}, {**SOUND, "source_id": "3", "tags": "nie gehört"}]
    )
    code, said, told = transfer.take(Kind.IDEAS, content, slug, "--skip-faulty")
    assert (code, said, [line.split(":")[0] for line in told]) == (0, "1 imported, 0 already here, 2 left out.", ["3", "4"])
    assert transfer.take(Kind.IDEAS, content, slug, "--skip-faulty")[1] == "0 imported, 1 already here, 2 left out."
    assert counted(app) == {"1": ("Bänke", 0)}


def test_what_stands_in_another_round_is_a_fault(app: Flask, tmp_path: Path) -> None:
    transfer, content = Transfer(app, tmp_path), table(Kind.IDEAS, [SOUND])
    transfer.take(Kind.IDEAS, content, place(app))
    code, _, told = transfer.take(Kind.IDEAS, content, place(app, "s"))
    assert code == 1 and told[0].startswith("2:")


def test_an_unknown_round_a_missing_file_and_a_strange_encoding_are_sentences(app: Flask, tmp_path: Path) -> None:
    transfer, slug = Transfer(app, tmp_path), place(app)
    assert transfer.take(Kind.IDEAS, b"", "unknown")[0] == 1
    assert transfer.take(Kind.IDEAS, b"", slug)[2] == ["1: Die Datei ist leer."]
    assert "UTF-8" in transfer.take(Kind.IDEAS, "source,source_id,title\nx,1,Bäume\n".encode("utf-16"), slug)[2][0]
    done = transfer.runner.invoke(args=["transfer", "import", "ideas", str(tmp_path / "none.csv"), "--round", slug])
    assert done.exit_code == 1 and "none.csv" in done.stderr


def test_hostile_text_is_only_text(app: Flask, tmp_path: Path) -> None:
    transfer, slug = Transfer(app, tmp_path), place(app)
    row = {**SOUND, "title": "<script>alert(1)</script>\x00\u202e", "body": "=HYPERLINK(1)", "author": "'; DROP TABLE idea; --"}
    assert transfer.take(Kind.IDEAS, table(Kind.IDEAS, [row]), slug)[0] == 0
    assert counted(app)["1"][0] == "<script>alert(1)</script>"
    assert b"'=HYPERLINK(1)" in transfer.give(Kind.IDEAS, slug)


def test_an_export_leaves_out_what_is_not_public(app: Flask, tmp_path: Path) -> None:
    slug = place(app)
    with inside(app):
        round_ = make_round(make_account("moderator"), slug="t")
        author = make_account(name="Ayla")
        make_idea(round_, author, title="Entwurf", status="draft")
        make_idea(round_, author, title="Zurückgezogen", status="withdrawn")
        idea = make_idea(round_, author, title="Sichtbar")
        top = make_comment(idea, author, body="oben")
        gone = make_comment(idea, author, parent=top, body="", withdrawn_at=idea.created_at)
        make_comment(idea, author, parent=gone, body="unten")
    transfer = Transfer(app, tmp_path)
    ideas, comments = transfer.give(Kind.IDEAS, "t").decode("utf-8-sig"), transfer.give(Kind.COMMENTS, "t").decode("utf-8-sig")
    assert "Sichtbar" in ideas and "Ayla" in ideas and "Entwurf" not in ideas and "Zurückgezogen" not in ideas
    # The answer to a withdrawn comment answers the one above it.
    assert comments.count(f"/{top.id},") == 2 and "unten" in comments
    assert len(transfer.give(Kind.IDEAS, slug).splitlines()) == 1


def test_an_export_read_again_changes_nothing(app: Flask, tmp_path: Path) -> None:
    with inside(app):
        round_ = make_round(make_account("moderator"), slug="t")
        idea = make_idea(round_, make_account(name="Ayla"), title="- Bänke", body="Zeile 1\nZeile „2“; mit 'allem', \"auch\" dem")
        make_comment(idea, make_account(name="Ben"), parent=make_comment(idea))
    transfer = Transfer(app, tmp_path)
    for kind in Kind:
        before = transfer.give(kind, "t")
        assert transfer.take(kind, before, "t")[1].startswith("0 imported")
        assert transfer.give(kind, "t") == before


def test_an_export_read_on_another_site_comes_out_the_same(app: Flask, tmp_path: Path) -> None:
    with inside(app):
        here = make_round(make_account("moderator"), slug="t")
        idea = make_idea(here, make_account(name="Ayla"), title="=Bänke", body="'-Zitat\n\n+ Liste")
        make_comment(idea, make_account(name="Ben"), body="@alle", parent=make_comment(idea))
        make_round(make_account("moderator"), slug="u")
    transfer = Transfer(app, tmp_path)
    ideas, comments = transfer.give(Kind.IDEAS, "t"), transfer.give(Kind.COMMENTS, "t")
    app.config["BASE_URL"] = "https://elsewhere.example"
    assert transfer.take(Kind.IDEAS, ideas, "u")[0] == transfer.take(Kind.COMMENTS, comments, "u")[0] == 0
    assert (transfer.give(Kind.IDEAS, "u"), transfer.give(Kind.COMMENTS, "u")) == (ideas, comments)


def test_ideas_of_two_cities_load_without_a_fault(app: Flask, tmp_path: Path) -> None:
    transfer, slug = Transfer(app, tmp_path), place(app)
    assert transfer.take(Kind.IDEAS, table(Kind.IDEAS, reykjavik()[:60]), slug)[:2] == (
        0,
        "60 imported, 0 already here, 0 left out.",
    )
    assert transfer.take(Kind.IDEAS, table(Kind.IDEAS, stuttgart()[:60]), slug)[:2] == (
        0,
        "60 imported, 0 already here, 0 left out.",
    )
    assert all(len(title) <= 80 for key, (title, _) in counted(app).items() if len(key) < 5)


def test_the_comments_of_madrid_are_refused_with_each_fault_and_loaded_without_them(app: Flask, tmp_path: Path) -> None:
    transfer, slug = Transfer(app, tmp_path), place(app)
    assert transfer.take(Kind.IDEAS, table(Kind.IDEAS, madrid_ideas()), slug)[1] == "80 imported, 0 already here, 0 left out."
    content = table(Kind.COMMENTS, madrid_comments())
    code, _, told = transfer.take(Kind.COMMENTS, content, slug)
    assert code == 1
    assert sum("den es nicht gibt" in line for line in told) + sum("keinen Text" in line for line in told) == 329
    assert sum("selbst fehlerhaft" in line for line in told) == 108
    assert sum(comments for _, comments in counted(app).values()) == 0

    code, said, left_out = transfer.take(Kind.COMMENTS, content, slug, "--skip-faulty")
    assert (code, said, len(left_out)) == (0, "5196 imported, 0 already here, 437 left out.", 437)
    assert transfer.take(Kind.COMMENTS, content, slug, "--skip-faulty")[1] == "0 imported, 5196 already here, 437 left out."
    assert sum(comments for _, comments in counted(app).values()) == 5196
