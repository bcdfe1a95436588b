import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import timezone, translation

from samspil.look.templatetags import look

pytestmark = pytest.mark.usefixtures("look_alone")
NOON = dt.datetime(2026, 11, 23, 12, 5, tzinfo=ZoneInfo("Europe/Copenhagen"))


@pytest.fixture(autouse=True)
def _danish_noon(settings, monkeypatch):
    settings.TIME_ZONE = "Europe/Copenhagen"
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    with translation.override("da"), timezone.override("Europe/Copenhagen"):
        yield


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Karoline Vestergaard", "KV"),
        ("åse", "Å"),
        ("jonas.lund@x.example", "JL"),
        ("Ana Maria de Sá", "AS"),
        ("", "?"),
        (None, "?"),
    ],
)
def test_initials(name, letters):
    assert look.initials(name) == letters


def test_a_hue_is_steady_and_within_the_palette():
    assert look.hue("0192") == look.hue("0192")
    assert {look.hue(str(number)) for number in range(500)} == set(range(12))


def test_an_avatar_escapes_and_tells_its_title():
    assert look.avatar("<b>", "1", kind="us", size="s", title='"x"') == (
        f'<span class="avatar is-us is-s" data-hue="{look.hue("1")}" role="img"'
        ' aria-label="&quot;x&quot;" title="&quot;x&quot;">B</span>'
    )
    assert 'aria-hidden="true"' in look.avatar("Ida Ravn")


def test_an_unknown_icon_is_an_error_for_engineers_and_a_circle_for_others(settings):
    settings.DEBUG = True
    with pytest.raises(TemplateSyntaxError, match="vendor icon no-such"):
        look.icon("no-such")
    settings.DEBUG = False
    assert "#circle" in look.icon("no-such")


def test_an_interval_stays_within_its_ground():
    drawn = look.interval(74, 67, 120, words="67–120")
    assert 'x="67.00%" y="2" width="33.00%"' in drawn
    assert 'svg x="74.00%"' in drawn
    assert 'aria-label="67–120"' in drawn


def test_numbers_in_svg_have_points_also_in_danish():
    assert "," not in look.interval(7.5, 6.5, 8.5, 0, 10).split("<p>")[0]
    assert 'points="4.0,52.0 236.0,4.0"' in look.spark([1, 2])
    assert look.spark([1]) == ""


@pytest.mark.parametrize(
    ("ago", "day", "when"),
    [
        (dt.timedelta(hours=1), "I dag", "11.05"),
        (dt.timedelta(hours=13), "I går", "i går"),
        (dt.timedelta(days=3), "20. nov", "fre"),
        (dt.timedelta(days=30), "24. okt", "24. okt"),
        (dt.timedelta(days=400), "19. okt 2025", "19. okt 2025"),
    ],
)
def test_days_as_danes_write_them(ago, day, when):
    assert (look.day(NOON - ago), look.when(NOON - ago)) == (day, when)


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "1 min."), (3599, "59 min."), (7200, "2 t."), (172800, "2 dage"), (150000, "41 t.")]
)
def test_a_wait_has_one_unit(seconds, said):
    assert look.duration(seconds) == said
    assert look.duration(dt.timedelta(seconds=seconds)) == said


def test_only_known_themes_are_taken_from_the_cookie():
    template = Template("{% load look %}{% theme %} {% single_keys %}")
    request = RequestFactory().get("/")
    for cookie, said in (("dark", "dark"), ('"><script>', "auto")):
        request.COOKIES = {"theme": cookie, "single-keys": "off"}
        assert template.render(Context({"request": request})) == f"{said} off"
    assert template.render(Context({})) == "auto on"


def test_a_field_ties_its_label_help_and_error_together():
    class Form(forms.Form):
        name = forms.CharField(label="Navn", help_text="Som andre ser det")

    drawn = Template("{% load look %}{% field form.name autocomplete='name' %}").render(Context({"form": Form({})}))
    assert '<label for="id_name">Navn</label>' in drawn
    assert 'aria-describedby="id_name-help id_name-error"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert 'autocomplete="name"' in drawn
    assert 'id="id_name-help">Som andre ser det<' in drawn


def test_keys_are_drawn_as_keys():
    assert look.keys("ctrl+enter") == "<kbd>Ctrl</kbd> <kbd>↵</kbd>"
    assert look.keys("g s") == "<kbd>G</kbd> <kbd>S</kbd>"
