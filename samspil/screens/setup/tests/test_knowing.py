"""What colleagues know, on the pages: confirmed in one click and taken back, languages, the tree, and where it is thin."""

import re

import pytest
from django.urls import reverse

from samspil.base.clock import now
from samspil.base.ids import digest
from samspil.organisation.actions import Shown, add_competence, add_unit, hold, record_evidence, speak
from samspil.organisation.models import Competence, CompetenceHeld, Evidence, Speaks

pytestmark = pytest.mark.django_db


def words(answer) -> str:
    """What stands on the page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def shown(colleague, competence, times=3):
    record_evidence(
        shown=[
            Shown(key=digest(str(n)), colleague=colleague.pk, competence=competence.pk, kind="well", level=4.0, at=now())
            for n in range(times)
        ],
        at=now(),
    )


def test_a_lead_confirms_in_one_click_and_undoes_it(leads, lea, jonas, battery):
    hold(colleague=jonas, competence=battery.pk, level=4)
    page = reverse("colleague", args=[jonas.pk])
    assert "Said 4 themselves" in words(leads.get(page))
    answer = leads.post(reverse("confirm_level", args=[battery.pk]), {"colleague": jonas.pk, "back": "colleague"})
    assert (answer.status_code, answer.headers["Location"]) == (302, page)
    evidence = Evidence.objects.get(kind="confirmed")
    assert (evidence.by, evidence.level, CompetenceHeld.objects.get().source) == (lea, 4, "lead")
    told = leads.get(page)
    undo = reverse("unconfirm", args=[evidence.pk])
    assert "Confirmed for Jonas Lund" in words(told)
    assert f'hx-post="{undo}"' in told.content.decode()
    assert "Confirmed 4 by Lea Dam" in words(told)
    assert "Confirmed for Jonas Lund" not in words(leads.get(page))
    answer = leads.post(undo, headers={"hx-request": "true"})
    assert answer.headers["HX-Refresh"] == "true"
    assert not Evidence.objects.filter(kind="confirmed").exists()
    assert CompetenceHeld.objects.get().source == "self"
    assert leads.post(undo).status_code == 422


def test_who_is_no_lead_confirms_nobody_else_and_is_offered_nothing(his, jonas, lea, battery):
    hold(colleague=lea, competence=battery.pk, level=4)
    given = {"colleague": lea.pk, "back": "colleague"}
    assert his.post(reverse("confirm_level", args=[battery.pk]), given).status_code == 403
    assert his.post(reverse("confirm_level", args=[battery.pk]), {"colleague": "x"}).status_code == 404
    assert his.post(reverse("unconfirm", args=[Evidence.objects.get().pk])).status_code == 422
    assert Evidence.objects.count() == 1
    for page in (reverse("colleague", args=[lea.pk]), reverse("competences"), reverse("competence", args=[battery.pk])):
        assert reverse("confirm_level", args=[battery.pk]) not in his.get(page).content.decode()


def test_an_address_from_outside_is_never_followed(leads, jonas, battery):
    hold(colleague=jonas, competence=battery.pk, level=4)
    answer = leads.post(reverse("confirm_level", args=[battery.pk]), {"colleague": jonas.pk, "back": "https://evil.example/"})
    assert answer.headers["Location"] == reverse("competences")


def test_what_answers_show_is_said_yes_to_by_the_person(his, jonas, battery):
    shown(jonas, battery)
    assert "Nobody has said it, so nothing is routed by it" in words(his.get(reverse("colleague", args=[jonas.pk])))
    assert "Shown by 3 answered conversations" in words(his.get(reverse("settings")))
    assert not CompetenceHeld.objects.exists()
    his.post(reverse("confirm_level", args=[battery.pk]), {"colleague": jonas.pk, "back": "settings"})
    row = CompetenceHeld.objects.get()
    assert (row.colleague, row.source, row.level) == (jonas, "self", 3)
    assert "Yes, I know this" not in words(his.get(reverse("settings")))


def test_where_it_is_thin_and_what_a_lead_can_do(leads, his, hers, jonas, mette, battery):
    hold(colleague=jonas, competence=battery.pk, level=5)
    shown(mette, battery)
    add_competence(name="Gear")
    text = words(leads.get(reverse("competences")))
    assert "Only Jonas Lund carries it." in text
    assert "Ask Jonas Lund to teach" in text
    assert "Mette Krogh answers it well, and nobody has said so." in text
    assert "Nobody carries it." in text
    assert "It is not described." in text
    assert text.index("Gear") < text.index("Battery")  # nobody at all is riskier than one
    assert "Take somebody in" not in text
    assert "Take somebody in" in words(hers.get(reverse("competences")))
    own = words(his.get(reverse("competences")))
    assert "Only Jonas Lund carries it." in own
    assert "to teach" not in own


def test_a_unit_is_chosen_and_one_that_is_not_there_is_not_found(his, battery):
    unit = add_unit(name="Workshop")
    assert "Nothing hangs on one person." in words(his.get(reverse("competences"), {"unit": unit.pk}))
    assert his.get(reverse("competences"), {"unit": "x"}).status_code == 404


def test_competences_lie_below_each_other_and_a_circle_is_refused(hers, battery):
    hers.post(reverse("new_competence"), {"name": "Cells", "parent": battery.pk})
    cells = Competence.objects.get(name="Cells")
    assert cells.parent == battery
    page = hers.get(reverse("competences")).content.decode()
    tree = page[page.index('class="skills"') :]
    assert re.search(r"Battery</a>.*?<ul><li>.*?Cells</a>.*?</li>\s*</ul></li>", tree, re.DOTALL)
    answer = hers.post(reverse("edit_competence", args=[battery.pk]), {"name": "Batteri", "parent": cells.pk})
    assert answer.status_code == 422
    assert 'id="id_parent-error"' in answer.content.decode()
    assert Competence.objects.get(pk=battery.pk).parent is None
    assert "Belongs to Battery" in words(hers.get(reverse("competence", args=[cells.pk])))
    assert "Narrower Cells" in words(hers.get(reverse("competence", args=[battery.pk])))


def test_languages_are_said_and_a_competence_kept_to_some(his, leads, jonas, lea, battery):
    his.post(reverse("settings_languages"), {"language-da": "3", "language-de": "1", "language-en": "9", "language-xx": "3"})
    assert list(Speaks.objects.order_by("language").values_list("colleague", "language", "level")) == [
        (jonas.pk, "da", 3), (jonas.pk, "de", 1),
    ]  # fmt: skip
    assert "Danish (their own) , German (gets by)" in words(his.get(reverse("colleague", args=[jonas.pk])))
    hold(colleague=jonas, competence=battery.pk, level=4)
    address = reverse("limit_level", args=[battery.pk])
    leads.post(address, {"colleague": jonas.pk, "language": ["de"]})
    assert CompetenceHeld.objects.get().languages == ["de"]
    assert "Only in German" in words(his.get(reverse("competence", args=[battery.pk])))
    speak(colleague=lea, languages={"da": 3}, by=lea)
    assert his.post(address, {"colleague": lea.pk, "language": ["da"]}).status_code == 403
    assert his.post(address, {"colleague": jonas.pk, "language": ["German"]}).status_code == 422
    assert CompetenceHeld.objects.get().languages == ["de"]
