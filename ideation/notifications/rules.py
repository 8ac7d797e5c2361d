"""Who hears of what: for each thing that happens, the sentence for its authors and for those who follow it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ideation.core.sentence import Message, say


class Part(StrEnum):
    """Why somebody is told. The first that fits counts; nobody is told twice."""

    ANSWERED = "answered"
    AUTHOR = "author"
    MEMBER = "member"
    APPLICANT = "applicant"
    FOLLOWER = "follower"


FOLLOWED = ("idea", "challenge", "round", "lab")


@dataclass(frozen=True, slots=True)
class News:
    """A part without a sentence is not told."""

    author: Message | None = None
    follower: Message | None = None
    answered: Message | None = None
    member: Message | None = None
    applicant: Message | None = None


NEWS: dict[str, News] = {
    "idea.published": News(
        say("Ihre Idee „%(title)s“ ist veröffentlicht."),
        say("Es gibt eine neue Idee: „%(title)s“."),
    ),
    "idea.returned": News(
        say("Ihre Idee „%(title)s“ kam mit einer Bitte zurück. Sie können sie überarbeiten und wieder einreichen.")
    ),
    "idea.rejected": News(say("Ihre Idee „%(title)s“ wurde nicht angenommen.")),
    "idea.merged": News(
        say("Ihre Idee „%(title)s“ wurde mit „%(into_title)s“ zusammengeführt."),
        say("Die Idee „%(title)s“ wurde mit „%(into_title)s“ zusammengeführt."),
    ),
    "idea.picture_hidden": News(say("Ein Bild zu Ihrer Idee „%(title)s“ wurde ausgeblendet.")),
    "idea.picture_restored": News(say("Ein Bild zu Ihrer Idee „%(title)s“ ist wieder zu sehen.")),
    "idea.hidden": News(say("Ihre Idee „%(title)s“ wurde ausgeblendet.")),
    "idea.restored": News(say("Ihre Idee „%(title)s“ ist wieder sichtbar.")),
    "idea.shortlisted": News(
        say("Ihre Idee „%(title)s“ ist in der engeren Auswahl."),
        say("Die Idee „%(title)s“ ist in der engeren Auswahl."),
    ),
    "idea.unlisted": News(say("Ihre Idee „%(title)s“ ist nicht mehr in der engeren Auswahl.")),
    "idea.selected": News(
        say("Ihre Idee „%(title)s“ ist ausgewählt."),
        say("Die Idee „%(title)s“ ist ausgewählt."),
    ),
    "idea.not_selected": News(
        say("Ihre Idee „%(title)s“ wurde nicht ausgewählt."),
        say("Die Idee „%(title)s“ wurde nicht ausgewählt."),
    ),
    "idea.in_lab": News(
        say("Ihre Idee „%(title)s“ geht ins Projektlabor."),
        say("Die Idee „%(title)s“ geht ins Projektlabor."),
    ),
    "idea.reopened": News(
        say("Ihre Idee „%(title)s“ steht wieder zur Abstimmung."),
        say("Die Idee „%(title)s“ steht wieder zur Abstimmung."),
    ),
    "idea.archived": News(
        say("Mit Ihrer Idee „%(title)s“ geht es nicht weiter. Sie ist archiviert."),
        say("Mit der Idee „%(title)s“ geht es nicht weiter. Sie ist archiviert."),
    ),
    "idea.archived_unselected": News(say("Ihre Idee „%(title)s“ ist archiviert.")),
    "idea.coauthor": News(say("An Ihrer Idee „%(title)s“ schreibt jetzt noch jemand mit.")),
    "idea.withdrawn": News(
        say("Ihre Idee „%(title)s“ wurde zurückgezogen."),
        say("Die Idee „%(title)s“ wurde zurückgezogen."),
    ),
    "challenge.published": News(
        say("Ihre Herausforderung „%(title)s“ ist veröffentlicht."),
        say("Es gibt eine neue Herausforderung: „%(title)s“"),
    ),
    "challenge.returned": News(
        say("Ihre Herausforderung „%(title)s“ kam mit einer Bitte zurück. Sie können sie überarbeiten und wieder einreichen.")
    ),
    "challenge.rejected": News(say("Ihre Herausforderung „%(title)s“ wurde nicht angenommen.")),
    "challenge.merged": News(
        say("Ihre Herausforderung „%(title)s“ wurde mit „%(target_title)s“ zusammengeführt."),
        say("Die Herausforderung „%(title)s“ wurde mit „%(target_title)s“ zusammengeführt."),
    ),
    "challenge.hidden": News(say("Ihre Herausforderung „%(title)s“ wurde ausgeblendet.")),
    "challenge.restored": News(say("Ihre Herausforderung „%(title)s“ ist wieder sichtbar.")),
    "challenge.edited": News(say("Der Wortlaut Ihrer Herausforderung hat sich geändert. Er lautet jetzt: „%(title)s“")),
    "challenge.withdrawn": News(follower=say("Die Herausforderung „%(title)s“ wurde zurückgezogen.")),
    "challenge.in_lab": News(
        say("Ihre Herausforderung „%(title)s“ geht ins Projektlabor."),
        say("Die Herausforderung „%(title)s“ geht ins Projektlabor."),
    ),
    "challenge.answered": News(
        say("Ihre Herausforderung „%(title)s“ ist beantwortet."),
        say("Die Herausforderung „%(title)s“ ist beantwortet."),
    ),
    "challenge.carried": News(
        say("Ihre Frage geht weiter: In der Runde „%(round_title)s“ heißt sie jetzt „%(title)s“. Machen Sie wieder mit."),
        say(
            "Eine Frage, der Sie folgen, geht weiter: In der Runde „%(round_title)s“ heißt sie jetzt „%(title)s“. Machen Sie wieder mit."
        ),
    ),
    "comment.added": News(
        say("Neuer Kommentar zu Ihrem Beitrag „%(title)s“."),
        say("Neuer Kommentar zu „%(title)s“."),
        say("Neue Antwort auf Ihren Kommentar zu „%(title)s“."),
    ),
    "comment.hidden": News(say("Ihr Kommentar zu „%(title)s“ wurde ausgeblendet.")),
    "comment.restored": News(say("Ihr Kommentar zu „%(title)s“ ist wieder sichtbar.")),
    "application.accepted": News(
        applicant=say("Ihre Anfrage ist angenommen: „%(title)s“ steht jetzt im Verzeichnis der Institutionen.")
    ),
    "application.declined": News(applicant=say("Ihre Anfrage, „%(title)s“ ins Verzeichnis aufzunehmen, wurde abgelehnt.")),
    "profile.published": News(follower=say("Ein Projektsteckbrief ist veröffentlicht: „%(title)s“.")),
    "question.given": News(member=say("Um eine offene Frage kümmern jetzt Sie sich: „%(title)s“")),
    "event.planned": News(follower=say("Es gibt eine neue Veranstaltung: „%(title)s“.")),
    "lab.status": News(follower=say("Im Projektlabor „%(title)s“ geht es weiter.")),
    "lab.inviting": News(
        say("Aus Ihrem Beitrag wird das Projektlabor „%(title)s“. Es lädt jetzt ein, und Sie können mitarbeiten."),
        say("Das Projektlabor „%(title)s“ lädt jetzt ein. Sie können mitarbeiten."),
        member=say("Das Projektlabor „%(title)s“, in dem Sie mitarbeiten, lädt jetzt ein."),
    ),
    "lab.meeting": News(
        follower=say("Im Projektlabor „%(title)s“ ist ein Treffen geplant."),
        member=say("In Ihrem Projektlabor „%(title)s“ ist ein Treffen geplant."),
    ),
    "lab.working": News(
        follower=say("Das Projektlabor „%(title)s“ beginnt mit der Arbeit."),
        member=say("Die Arbeit im Projektlabor „%(title)s“ beginnt. Sie gehören dazu."),
    ),
    "lab.documented": News(
        follower=say("Die Ergebnisse des Projektlabors „%(title)s“ sind festgehalten."),
        member=say("Die Ergebnisse Ihres Projektlabors „%(title)s“ sind festgehalten."),
    ),
    "lab.closed": News(
        say("Das Projektlabor „%(title)s“, das aus Ihrem Beitrag entstand, ist abgeschlossen."),
        say("Das Projektlabor „%(title)s“ ist abgeschlossen."),
        member=say("Ihr Projektlabor „%(title)s“ ist abgeschlossen."),
    ),
    "member.joined": News(member=say("Im Projektlabor „%(title)s“ arbeitet jetzt noch jemand mit.")),
    "member.removed": News(member=say("Sie gehören nicht mehr zum Projektlabor „%(title)s“.")),
}

REASONS: dict[str, Message] = {
    Part.AUTHOR: say("Sie erhalten diese Nachricht, weil der Beitrag von Ihnen ist."),
    Part.ANSWERED: say("Sie erhalten diese Nachricht, weil jemand auf Ihren Kommentar geantwortet hat."),
    Part.MEMBER: say("Sie erhalten diese Nachricht, weil Sie in diesem Projektlabor mitarbeiten oder mitgearbeitet haben."),
    Part.APPLICANT: say("Sie erhalten diese Nachricht, weil Sie die Anfrage gestellt haben."),
    Part.FOLLOWER: say(
        "Sie erhalten diese Nachricht, weil Sie hier auf dem Laufenden bleiben wollten. Im Konto können Sie das beenden."
    ),
}


def sentence(verb: str, part: str, told: Mapping[str, object]) -> Message | None:
    news = NEWS.get(verb)
    words: Message | None = getattr(news, part, None)
    return Message(words.text, {"title": "", "into_title": "", "target_title": "", "round_title": "", **told}) if words else None


def place(kind: str, id: int, told: Mapping[str, object]) -> tuple[str, dict[str, object], str]:
    """Where it can be read: endpoint, values, the mark on the page."""
    if kind == "comment":
        mark = f"comment-{id}"
        return (
            ("ideas.show", {"id": told["idea_id"]}, mark)
            if told.get("idea_id")
            else ("challenges.show", {"id": told["challenge_id"]}, mark)
        )
    if kind == "application":
        return "applications.show", {"id": id}, ""
    if kind in {"profile", "question"}:
        mark = f"question-{id}" if kind == "question" else ""
        return "profiles.show", {"slug": told["slug"], "number": told["number"]}, mark
    if kind == "event":
        return "events.show", {"id": id}, ""
    if kind in {"lab", "member"}:
        return "labs.show", {"slug": told["slug"]}, ""
    return ("ideas.show" if kind == "idea" else "challenges.show"), {"id": id}, ""
