"""The documentation of a lab, or of all labs of a round: as a page, as a document, and as it was kept."""

import json
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in, viewer
from ideation.core.clock import now
from ideation.core.db import db
from ideation.core.download import download
from ideation.core.htmx import respond
from ideation.core.i18n import current_locale
from ideation.core.mail import address
from ideation.core.sentence import say
from ideation.core.text import tree
from ideation.core.typeset import pdf
from ideation.core.verdict import require
from ideation.documentation import rules
from ideation.documentation.actions import keep_documentation
from ideation.documentation.policy import can_keep, has_something
from ideation.documentation.queries import kept, kept_or_404, labs_of_round, told
from ideation.documentation.rules import Chapter, Text, text
from ideation.labs.models import Lab
from ideation.labs.queries import lab_or_404, membership, rounds_of
from ideation.rounds.models import Round
from ideation.rounds.queries import round_or_404

pages = Blueprint("documentation", __name__)
HERE = "/<any(labs, rounds):noun>/<slug:slug>/documentation"


def _subject(noun: str, slug: str) -> tuple[Lab | Round, Sequence[Lab]]:
    if noun == "labs":
        lab = lab_or_404(slug)
        return lab, [lab]
    round_ = round_or_404(viewer(), slug)
    labs = labs_of_round(round_)
    require(has_something(len(labs)))
    return round_, labs


def _rounds(subject: Lab | Round) -> list[Round]:
    """Where the documentation of this lab and its neighbours stands."""
    if isinstance(subject, Round):
        return []
    rounds = {thing.round_id: thing.round for origin in subject.origins if (thing := origin.idea or origin.challenge)}
    return [round_ for round_ in rounds.values() if round_.status != "draft"]


def _standing(subject: Lab | Round) -> dict[str, Any]:
    if isinstance(subject, Round) or viewer() is None:
        return {}
    return {"member": membership(viewer(), subject.id), "rounds": rounds_of(subject)}


def _text(labs: Sequence[Lab], *, named: bool = True) -> Text:
    config, locale = current_app.config, current_locale()
    owner = config["OPERATOR"].replace("\n", ", ") or config["SITE_NAME"]
    return text(
        [told(lab, address("labs.show", locale, slug=lab.slug), named=named) for lab in labs],
        owner=owner,
        contact=config["MAIL_FROM"],
    )


@pages.get(HERE)
def show(noun: str, slug: str) -> ResponseReturnValue:
    subject, labs = _subject(noun, slug)
    may = can_keep(viewer(), subject, **_standing(subject))
    return render_template(
        "documentation/show.html",
        noun=noun,
        slug=slug,
        subject=subject,
        labs=labs,
        wider=_rounds(subject),
        text=_text(labs),
        kept=kept(subject),
        may_keep=may,
    )


@pages.get(f"{HERE}.pdf")
def printed(noun: str, slug: str) -> ResponseReturnValue:
    _, labs = _subject(noun, slug)
    return download(document(labs), "application/pdf", f"dokumentation-{slug}.pdf")


@pages.get(f"{HERE}/<int:number>.pdf")
def edition(noun: str, slug: str, number: int) -> ResponseReturnValue:
    subject, _ = _subject(noun, slug)
    return download(kept_or_404(subject, number), "application/pdf", f"dokumentation-{slug}-{number}.pdf")


@pages.post(HERE)
@signed_in
def create(noun: str, slug: str) -> ResponseReturnValue:
    subject, labs = _subject(noun, slug)
    require(can_keep(person(), subject, **_standing(subject)))
    # Read, then typeset with nobody waiting, then written in a transaction of its own.
    printed_ = document(labs, named=False)
    subject, _ = _subject(noun, slug)
    number = keep_documentation(person(), subject, printed_, lang=current_locale(), **_standing(subject), now=now())
    done = say("Die Dokumentation ist als Ausgabe %(n)s festgehalten.", n=number)
    return respond(url_for("documentation.show", noun=noun, slug=slug), message=done)


def document(labs: Sequence[Lab], *, named: bool = True) -> bytes:
    """The PDF; ends the transaction, which only read."""
    said = _text(labs, named=named)
    pictures: dict[str, bytes] = {}
    data = json.dumps(_data(said, pictures, any(lab.example for lab in labs)), ensure_ascii=False, sort_keys=True)
    title, locale = f"{said.title}: {said.subtitle}", current_locale()
    # Nothing is left to read, and nobody's transaction has to wait for the press.
    db.session.rollback()
    return _bytes(data, tuple(sorted(pictures.items())), locale, title)


@lru_cache(8)
def _bytes(data: str, pictures: tuple[tuple[str, bytes], ...], language: str, title: str) -> bytes:
    """What did not change is not printed again."""
    handed = {**json.loads(data), "pictures": dict(pictures)}
    return pdf("documentation/documentation.typ", handed, language=language, title=title)


def _data(said: Text, pictures: dict[str, bytes], example: bool) -> dict[str, Any]:
    """The same text as plain values for the press; pictures stand beside it, by the hash of what they show."""
    return {
        "site": current_app.config["SITE_NAME"],
        "title": str(said.title),
        "subtitle": str(said.subtitle),
        "note": str(say("Beispieldaten")) if example else "",
        "cover": [[str(name), str(value)] for name, value in said.cover],
        "chapters": [_chapter(chapter, pictures) for chapter in said.chapters],
        "labels": {"contents": str(say("Inhalt")), "credit": str(say("Bild"))},
    }


def _chapter(chapter: Chapter, pictures: dict[str, bytes]) -> dict[str, Any]:
    return {
        "title": str(chapter.title),
        "blocks": [_block(block, pictures) for block in chapter.blocks],
        "parts": [_chapter(part, pictures) for part in chapter.parts],
    }


def _block(block: rules.Block, pictures: dict[str, bytes]) -> dict[str, Any]:
    match block:
        case rules.Prose():
            return {"kind": "prose", "lang": block.lang, "tree": tree(block.text)}
        case rules.Items():
            return {"kind": "items", "lang": block.lang, "numbered": block.numbered, "items": [str(item) for item in block.items]}
        case rules.Table():
            rows = [[str(cell) for cell in row] for row in block.rows]
            return {"kind": "table", "head": [str(name) for name in block.head], "align": list(block.align), "rows": rows}
        case rules.Gallery():
            return {"kind": "gallery", "images": [_image(image, pictures) for image in block.images]}
        case rules.Heading():
            return {"kind": "heading", "text": str(block.text)}
    return {"kind": "line", "text": str(block.text)}


def _image(image: rules.Image, pictures: dict[str, bytes]) -> dict[str, str]:
    key = sha256(image.data).hexdigest()
    pictures[key] = image.data
    return {"key": key, "alt": image.alt, "caption": image.caption, "credit": image.credit}
