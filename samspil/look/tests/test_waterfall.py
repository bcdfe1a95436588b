import re

import pytest
from django.template import Context, Template
from django.utils import translation

from samspil.look.templatetags.waterfall import signed, waterfall

pytestmark = pytest.mark.usefixtures("look_alone")
STEPS = [
    {"label": "At first", "value": -10, "hint": "few pairs"},
    {"label": "Name", "value": 15, "hint": "strong"},
    {"label": "Town", "value": -1, "hint": "weak"},
]


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def drawn(items=STEPS, language="en"):
    with translation.override(language):
        return Template('{% load waterfall %}{% waterfall items label=name total="All" %}').render(
            Context({"items": items, "name": "Sum <b>"})
        )


def test_each_step_begins_where_the_one_before_ended():
    made = waterfall(STEPS, label="x")
    assert [(b.x, b.width, b.to, b.way) for b in made["bars"]] == [
        ("0.00", "66.67", "0.00", "against"),
        ("0.00", "100.00", "100.00", "for"),
        ("93.33", "6.67", "93.33", "against"),
    ]
    assert (made["result"].x, made["result"].width, made["result"].value, made["zero"]) == ("66.67", "26.66", "+4.0", "66.67")
    assert [b.sum for b in made["bars"]] == ["−10.0", "+5.0", "+4.0"]


def test_the_table_says_what_the_drawing_says():
    text = drawn()
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", text.split("<tbody>")[1])
    assert cells == [
        "At first", "few pairs", "−10.0", "−10.0", "Name", "strong", "+15.0", "+5.0", "Town", "weak", "−1.0", "+4.0", "All", "", "", "+4.0",
    ]  # fmt: skip
    assert "Show as table" in text
    assert '<ol aria-hidden="true">' in text


def test_numbers_in_the_drawing_have_points_and_those_to_read_have_commas_in_danish():
    text = drawn(language="da")
    assert not re.search(r'(x|width|x1|x2)="[\d.]*,', text)
    assert "+15,0" in text
    assert "Vis som tabel" in text


def test_words_are_escaped_and_nothing_is_a_sum_too():
    assert "Sum &lt;b&gt;" in drawn()
    assert "<script>" not in drawn([{"label": "<script>", "value": 1, "hint": "<script>"}])
    assert waterfall([], label="x")["result"].value == "0.0"


def test_signs():
    assert [signed(x) for x in (5.25, -17.31, 0.04, -0.04)] == ["+5.2", "−17.3", "0.0", "0.0"]
