"""The pages of a profile: a sheet of paper for everybody, a form for the group, two who write at once."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ideation.profiles.rules import FIELDS, Content, Kind
from tests.cast import inside, make_group, make_lab, make_profile, make_question
from tests.profiles.scene import Scene
from tests.visit import login, mails, post

HOSTILE = "<script>alert(1)</script>\u202e\x00 & „Ünicode“ " + "x" * 150
BUS = Content("KI-Bus", motto="Wir kommen zu Ihnen", goals=("Ankommen", "Lernen"), months=16, budget=230_000)


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene(app)


def form_of(client: FlaskClient, url: str) -> dict[str, str]:
    """What the form holds, as a browser would send it."""
    return fields_in(client.get(f"{url}/edit").text)


def fields_in(page: str) -> dict[str, str]:
    form = page[page.index("form--wide") :]
    found = {name: value for tag in re.findall(r"<input[^>]*>", form) for name, value in named(tag)}
    found |= {
        name: text.removeprefix("\r\n") for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\s?([^<]*)</textarea>', form)
    }
    found.pop("csrf_token")
    return found | {"lang": "de"}


def named(tag: str) -> list[tuple[str, str]]:
    name, value = re.search(r'name="(\w+)"', tag), re.search(r'value="([^"]*)"', tag)
    radio = 'type="radio"' in tag and "checked" not in tag
    return [(name[1], value[1] if value else "")] if name and not radio else []


def test_a_profile_begins_as_a_draft_of_the_lab(app: Flask, client: FlaskClient, scene: Scene) -> None:
    anna, other, stranger = (login(app.test_client(), who) for who in (scene.anna, scene.other, scene.stranger))
    page = anna.get(scene.url).text
    assert "Was soll danach anders sein?" in page and "Projektsteckbrief beginnen" in page
    begun = form_of(anna, scene.url)
    assert begun["title"] == "Busse" and begun["seen"] == "0"
    answer = post(
        anna, scene.url, **begun | {"title": "KI-Bus", "goals": "- Ankommen\n\n* Lernen", "months": "16", "budget": "230.000 €"}
    )
    assert answer.status_code == 303
    page = anna.get(scene.url).text
    assert "16 Monate" in page and "230.000" in page and "<li>Lernen</li>" in page and "3 von 20 Feldern" in page
    assert "KI-Bus" in other.get(scene.url).text and "Zu den Gruppen" in other.get(scene.url).text
    for outside in (client, stranger):
        assert outside.get(scene.url).status_code == outside.get(f"{scene.url}/versions").status_code == 404
    lab = client.get(f"/labs/{scene.slug}").text
    assert "KI-Bus" not in lab and "Die Gruppe schreibt an ihrem Projektsteckbrief." in lab
    assert "3 von 20 Feldern" in other.get(f"/labs/{scene.slug}").text
    for htmx in (False, True):
        assert post(anna, f"{scene.url}/publication", htmx=htmx).status_code == (200 if htmx else 303)
    page = client.get(scene.url).text
    assert "KI-Bus" in page and "Was soll danach anders sein?" not in page and "Machbarkeit" not in page
    assert "3 von 20 Feldern" in client.get(f"/labs/{scene.slug}").text
    assert client.get(f"/en{scene.url}").status_code == client.get(f"{scene.url}/versions").status_code == 200


def test_two_who_write_at_once_lose_nothing(app: Flask, client: FlaskClient, scene: Scene) -> None:
    anna, ben = login(app.test_client(), scene.anna), login(app.test_client(), scene.ben)
    with inside(app):
        make_profile(scene.group(), BUS)
    hers, his = form_of(anna, scene.url), form_of(ben, scene.url)
    assert post(anna, scene.url, **hers | {"goals": "Ankommen\nFahren", "months": "12"}).status_code == 303
    # Ben changed only other fields: both are in, and the page says so.
    answer = post(ben, scene.url, **his | {"motto": "Alle an Bord"})
    assert answer.status_code == 303
    page = ben.get(scene.url).text
    assert "Was andere inzwischen geändert haben, ist dabei: Ziele, Dauer." in page
    assert "Fahren" in page and "12 Monate" in page and "Alle an Bord" in page
    # From the same old page he changes what she changed.
    answer = post(ben, scene.url, **his | {"goals": "Ankommen\nStaunen", "months": "24", "outlook": "Weiter so."})
    assert answer.status_code == 422
    page = answer.text
    assert "Während Sie geschrieben haben" in page and "Staunen" in page and "Fahren" in page and "Weiter so." in page
    assert "choice-goals-both" in page and "choice-months-both" not in page and "Ohne Rückfrage übernommen" in page
    again = fields_in(page)
    assert again["goals"].split() == ["Ankommen", "Staunen"] and again["motto"] == "Alle an Bord" and again["seen"] == "3"
    assert post(ben, scene.url, **again | {"choice_months": "theirs", "choice_goals": "both"}).status_code == 303
    page = client.get(scene.url).text
    for kept in ("Fahren", "Staunen", "12 Monate", "Alle an Bord", "Weiter so."):
        assert kept in page
    versions = client.get(f"{scene.url}/versions").text
    assert "Fassung 4" in versions and "<ins>" in versions and "16 Monate" in versions


def test_many_versions_are_paged(app: Flask, client: FlaskClient, scene: Scene) -> None:
    with inside(app):
        make_profile(scene.group(), *(replace(BUS, motto=f"Satz {n}") for n in range(1, 26)))
    first, last = client.get(f"{scene.url}/versions").text, client.get(f"{scene.url}/versions?page=2").text
    assert "Seite 1 von 2" in first and 'id="version-25"' in first and 'id="version-6"' in first and 'id="version-5"' not in first
    assert 'id="version-5"' in last and 'id="version-1"' in last and "16 Monate" in last
    assert client.get(f"{scene.url}/versions?page=9").status_code == 200


def test_bad_input_keeps_what_was_typed(app: Flask, scene: Scene) -> None:
    anna = login(app.test_client(), scene.anna)
    begun = form_of(anna, scene.url)
    bad = {
        "title": "", "months": "bald", "budget": "viel", "summary": "Wort " * 121, "goals": "x" * 301,
    }  # fmt: skip
    for name, value in bad.items():
        answer = post(anna, scene.url, **begun | {"title": "Bus", "undertaking": "Etwas Langes", name: value})
        assert answer.status_code == 422 and "Etwas Langes" in answer.text and value.strip() in answer.text, name
        assert f'href="#{name}"' in answer.text, name
    assert "Bitte kürzen Sie um 1 Wort." in post(anna, scene.url, **begun | {"summary": "Wort " * 121}).text
    for seen in ("", "x", "9" * 30, "-1"):
        assert post(anna, scene.url, **begun | {"seen": seen}).status_code == 303


def test_hostile_text_stays_text(app: Flask, client: FlaskClient, scene: Scene) -> None:
    values = {field.name: HOSTILE for field in FIELDS if field.kind not in (Kind.MONTHS, Kind.EUROS)}
    anna = login(app.test_client(), scene.anna)
    assert post(anna, scene.url, title=HOSTILE, **values).status_code == 303
    assert post(anna, f"{scene.url}/publication").status_code == 303
    for url in (scene.url, f"{scene.url}/versions", f"/labs/{scene.slug}", "/search?q=unicode"):
        page = client.get(url).text
        assert "<script>alert" not in page and "\u202e" not in page and "alert(1)" in page, url
    assert "alert(1)" in anna.get(f"{scene.url}/edit").text


def test_the_group_stands_behind_a_version(app: Flask, client: FlaskClient, scene: Scene) -> None:
    with inside(app):
        make_profile(scene.group(), BUS)
    anna, ben, lead = (login(app.test_client(), who) for who in (scene.anna, scene.ben, scene.lead))
    url = f"{scene.url}/sign-off"
    assert "0 von 2 Mitgliedern" in client.get(scene.url).text
    for htmx in (False, True):
        assert post(anna, url, choice="sign", version=1, htmx=htmx).status_code == (200 if htmx else 303)
    assert "1 von 2 Mitgliedern" in client.get(scene.url).text
    assert post(ben, url, choice="sign", version=1).status_code == 303
    assert "Die Gruppe steht hinter dieser Fassung." in client.get(scene.url).text
    assert post(ben, url, choice="withdraw").status_code == 303
    assert "1 von 2 Mitgliedern" in client.get(scene.url).text
    assert post(lead, scene.url, **form_of(lead, scene.url) | {"motto": "Neu"}).status_code == 303
    answer = post(ben, url, choice="sign", version=1)
    assert answer.status_code == 422 and "Inzwischen gibt es eine neue Fassung." in answer.text
    assert post(lead, url, choice="sign", version=2).status_code == 403
    assert post(ben, url, choice="x", version=2).status_code == 404


def test_others_are_refused(app: Flask, client: FlaskClient, scene: Scene) -> None:
    with inside(app):
        make_profile(scene.group(), BUS)
    for path in ("edit", "synergies"):
        assert "/login" in client.get(f"{scene.url}/{path}").location
    other, stranger = login(app.test_client(), scene.other), login(app.test_client(), scene.stranger)
    for person in (other, stranger):
        for path in ("edit", "synergies"):
            assert person.get(f"{scene.url}/{path}").status_code == 403
        for path in ("", "/publication", "/synergies"):
            assert post(person, scene.url + path, title="Meins", choice="link", profile=1).status_code == 403
        assert post(person, f"{scene.url}/sign-off", choice="sign", version=1).status_code == 403
    for number in (0, 2, 10**12):
        assert client.get(f"/labs/{scene.slug}/profiles/{number}").status_code == 404
    assert client.get("/labs/nirgends/profiles/1").status_code == 404


def test_synergies_stand_on_both_profiles(app: Flask, client: FlaskClient, scene: Scene) -> None:
    with inside(app):
        make_profile(scene.group(), BUS)
        lab = make_lab(title="Generationen")
        other = make_profile(make_group(lab), Content("Mentorenprogramm"))
        hidden = make_profile(make_group(lab, number=2), Content("Geheim"), public=False)
    anna, url = login(app.test_client(), scene.anna), f"{scene.url}/synergies"
    page = anna.get(url).text
    assert "Mentorenprogramm" in page and "Geheim" not in page
    assert post(anna, url, choice="link", profile=other.id).status_code == 303
    assert "Mentorenprogramm" in client.get(scene.url).text
    assert "KI-Bus" in client.get(f"/labs/{lab.slug}/profiles/1").text
    for wrong in (hidden.id, 999_999, "x"):
        assert post(anna, url, choice="link", profile=wrong).status_code == 404
    assert post(anna, url, choice="unlink", profile=other.id).status_code == 303
    assert "KI-Bus" not in client.get(f"/labs/{lab.slug}/profiles/1").text
    assert post(anna, url, profile=other.id).status_code == 404


def test_the_search_finds_profiles(app: Flask, client: FlaskClient, scene: Scene) -> None:
    with inside(app):
        make_profile(scene.group(), BUS)
        make_profile(make_group(make_lab()), replace(BUS, title="Geheim"), public=False)
    page = client.get("/search?q=ankommen").text
    assert f'href="{scene.url}"' in page and "1 Projektsteckbrief" in page and "Geheim" not in page
    assert "0 Projektsteckbriefe" in client.get("/search?q=nirgendwo").text


def test_who_follows_the_lab_hears_of_a_published_profile(app: Flask, scene: Scene) -> None:
    stranger, anna = login(app.test_client(), scene.stranger), login(app.test_client(), scene.anna)
    with inside(app):
        lab_id = scene.group().lab_id
    assert post(stranger, "/follows", kind="lab", id=lab_id, follow="yes").status_code == 303
    post(anna, scene.url, title="KI-Bus")
    post(anna, f"{scene.url}/publication")
    (mail,) = mails(app, scene.stranger.email)
    assert "KI-Bus" in str(mail["Subject"])
    page = stranger.get("/account/messages").text
    assert "KI-Bus" in page
    assert stranger.get(re.findall(r"/account/messages/\d+", page)[0]).location == scene.url


def test_a_lab_with_many_groups_costs_no_more_statements(app: Flask, scene: Scene, statements) -> None:  # type: ignore[no-untyped-def]
    def asked() -> int:
        with statements() as counted:
            login_free.get(f"/labs/{scene.slug}")
        return len(counted)

    login_free = login(app.test_client(), scene.anna)
    with inside(app):
        lab = scene.group().lab
        make_question(make_profile(scene.group(), BUS))
    few = asked()
    with inside(app):
        for number in range(2, 12):
            make_question(make_profile(make_group(lab, number=number), BUS))
    assert asked() == few
