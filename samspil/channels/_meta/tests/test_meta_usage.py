"""What Meta's headers say of allowances, and how its times are read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels._meta.graph import REST, usage
from samspil.channels._meta.read import time
from samspil.kit import NotUnderstood


@pytest.mark.parametrize(
    ("headers", "used", "wait"),
    [
        ({}, 0, REST),
        ({"x-app-usage": '{"call_count":28,"total_time":91,"total_cputime":25}'}, 91, REST),
        (
            {
                "x-business-use-case-usage": '{"1":[{"type":"pages","call_count":5,"total_cputime":1,"total_time":1,'
                '"estimated_time_to_regain_access":0}],"2":[{"type":"messenger","call_count":100,"total_cputime":95,"total_time":2,'
                '"estimated_time_to_regain_access":19}]}'
            },
            100,
            19 * 60,
        ),
        ({"x-app-usage": "[]", "x-business-use-case-usage": '{"1":"x","2":[1]}'}, 0, REST),
        ({"x-app-usage": "{broken"}, 0, REST),
    ],
    ids=["none", "app", "business", "other kinds", "broken"],
)
def test_the_fullest_allowance_counts(headers, used, wait):
    assert usage(headers) == (used, wait)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=4) | st.integers(),
        lambda i: st.lists(i) | st.dictionaries(st.sampled_from(["call_count", "1", "estimated_time_to_regain_access"]), i),
    )
)
def test_any_header_is_survived(value):
    used, wait = usage({"x-app-usage": json.dumps(value), "x-business-use-case-usage": json.dumps(value)})
    assert used <= 10**12
    assert 0 <= wait <= 24 * 3600


def test_moments_are_seconds_milliseconds_or_text():
    same = {time(1780384440), time("1780384440"), time(1780384440000), time("2026-06-02T07:14:00+0000")}
    assert len(same) == 1
    for odd in (None, True, "", "soon", 10**30, [], "9" * 39):
        with pytest.raises(NotUnderstood):
            time(odd)
