from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in
from ideation.core.clock import next_midnight, now, today
from ideation.core.htmx import respond
from ideation.core.pagecache import until
from ideation.core.paging import page_number
from ideation.core.sentence import Message, say
from ideation.core.text import single_line
from ideation.core.verdict import Invalid, require
from ideation.groups.models import LabGroup
from ideation.groups.policy import Standing, can_take_part
from ideation.groups.queries import group_or_404, standing
from ideation.institutions.queries import all_institutions
from ideation.labs.policy import shown_name
from ideation.labs.queries import lab_or_404
from ideation.members.queries import members_of
from ideation.profiles.queries import Sheet, sheet_or_404
from ideation.questions import actions, queries
from ideation.questions.forms import AnswerForm, QuestionForm
from ideation.questions.models import OpenQuestion
from ideation.questions.queries import Filters
from ideation.questions.rules import TONES, WORDS, Asked, status_of

pages = Blueprint("questions", __name__)
pages.app_template_global("shown_name")(shown_name)


@pages.app_template_global()
def question_state(question: OpenQuestion) -> tuple[Message, str]:
    """How a question stands today: the word and its tone."""
    status = status_of(question.due_on, answered=question.decided_at is not None, today=today(now()))
    return WORDS[status], TONES[status]


@pages.get("/questions")
def index() -> ResponseReturnValue:
    moment = now()
    until(next_midnight(moment))
    wanted = request.args.get("state", "")
    asked = Filters(single_line(request.args.get("lab", ""))[:100], Asked(wanted) if wanted in list(Asked) else Asked.OPEN)
    found = queries.questions_listed(asked, page_number(request.args.get("page")), today(moment))
    kept = {name: request.args[name] for name in ("lab", "state") if name in request.args}
    return render_template(
        "questions/index.html", found=found, asked=asked, labs=queries.labs_with_questions(), states=Asked, kept=kept
    )


def _inside(slug: str, number: int) -> tuple[Standing, Sheet]:
    """A group of a lab this person works in."""
    who = standing(person(), lab_or_404(slug))
    group_or_404(who.lab, number)
    require(can_take_part(who))
    return who, sheet_or_404(who, number)


def _question(id: int) -> tuple[Standing, Sheet, OpenQuestion]:
    question, slug = queries.question_or_404(id)
    who, sheet = _inside(slug, question.profile.group.number)
    return who, sheet, question


def _blank(who: Standing, question: OpenQuestion | None = None) -> QuestionForm:
    return QuestionForm(members_of(who.lab.id), all_institutions(), question)


def _home(group: LabGroup, question: OpenQuestion, message: Message) -> ResponseReturnValue:
    mark = f"question-{question.id}"
    return respond(url_for("profiles.show", slug=group.lab.slug, number=group.number, _anchor=mark), message=message)


@pages.get("/labs/<slug:slug>/profiles/<int:number>/questions/new")
@signed_in
def new(slug: str, number: int) -> ResponseReturnValue:
    who, sheet = _inside(slug, number)
    return _form(_blank(who), sheet)


def _form(form: QuestionForm, sheet: Sheet, question: OpenQuestion | None = None, status: int = 200) -> ResponseReturnValue:
    page = "questions/edit.html" if question else "questions/new.html"
    return render_template(page, form=form, sheet=sheet, lab=sheet.group.lab, question=question), status


@pages.post("/labs/<slug:slug>/profiles/<int:number>/questions")
@signed_in
def create(slug: str, number: int) -> ResponseReturnValue:
    who, sheet = _inside(slug, number)
    form = _blank(who)
    if not form.validate():
        return _form(form, sheet, status=422)
    try:
        question = actions.ask_question(person(), sheet.group, form.asking, lang=sheet.lang, now=now())
    except Invalid as invalid:
        form.take(invalid)
        return _form(form, sheet, status=422)
    return _home(sheet.group, question, say("Die Frage steht jetzt auf dem Projektsteckbrief."))


@pages.get("/questions/<int:id>/edit")
@signed_in
def edit(id: int) -> ResponseReturnValue:
    who, sheet, question = _question(id)
    return _form(_blank(who, question), sheet, question)


@pages.post("/questions/<int:id>")
@signed_in
def update(id: int) -> ResponseReturnValue:
    who, sheet, question = _question(id)
    form = _blank(who, question)
    if not form.validate():
        return _form(form, sheet, question, 422)
    try:
        actions.update_question(person(), question, sheet.group, form.asking, now=now())
    except Invalid as invalid:
        form.take(invalid)
        return _form(form, sheet, question, 422)
    return _home(sheet.group, question, say("Die Änderung ist gespeichert."))


@pages.get("/questions/<int:id>/answer")
@signed_in
def answer(id: int) -> ResponseReturnValue:
    _, sheet, question = _question(id)
    return _answer(AnswerForm(data={"answer": question.answer, "seen": question.decision}), sheet, question)


def _answer(form: AnswerForm, sheet: Sheet, question: OpenQuestion, status: int = 200) -> ResponseReturnValue:
    values: dict[str, Any] = {"form": form, "sheet": sheet, "lab": sheet.group.lab, "question": question}
    return render_template("questions/answer.html", **values), status


@pages.post("/questions/<int:id>/answer")
@signed_in
def decide(id: int) -> ResponseReturnValue:
    _, sheet, question = _question(id)
    form = AnswerForm()
    if not form.validate():
        return _answer(form, sheet, question, 422)
    try:
        actions.answer_question(person(), question, sheet.group, form.answer.data, seen=form.seen.data or "", now=now())
    except Invalid as invalid:
        form.take(invalid)
        form.seen.data = question.decision
        return _answer(form, sheet, question, 422)
    return _home(sheet.group, question, say("Die Antwort ist festgehalten."))


@pages.post("/questions/<int:id>/reopening")
@signed_in
def reopen(id: int) -> ResponseReturnValue:
    _, sheet, question = _question(id)
    actions.reopen_question(person(), question, sheet.group, now=now())
    return _home(sheet.group, question, say("Die Frage ist wieder offen."))
