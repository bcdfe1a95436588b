from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.routing.rules.gaps import HERE, ORDER, Gap, Holder, Known, risk

AT = datetime(2026, 11, 26, tzinfo=UTC)
BO, IDA = UUID(int=1), UUID(int=2)
HOLDERS = st.lists(
    st.builds(Holder, colleague=st.uuids(), level=st.floats(1, 5), spread=st.floats(0.1, 1.2), here=st.booleans()), max_size=6
)


def holder(colleague=BO, level=5.0, **values):
    return Holder(colleague=colleague, level=level, spread=0.4, **{"languages": frozenset({"da"}), **values})


def kinds(**values):
    return [gap.kind for gap in risk(Known(**{"weekly": 4, "holders": [holder(), holder(IDA)], **values})).gaps]


@given(HOLDERS, st.floats(0, 100), st.floats(1, 5))
def test_one_more_who_knows_never_raises_the_risk(holders, weekly, level):
    before = risk(Known(weekly=weekly, holders=holders))
    after = risk(Known(weekly=weekly, holders=[*holders, holder(level=level)]))
    assert 0 <= after.absent <= before.absent <= 1
    assert after.missed <= before.missed
    assert {gap.kind for gap in before.gaps} <= set(ORDER)


def test_the_risk_is_that_nobody_is_at_work():
    assert risk(Known(weekly=10, holders=[])).absent == 1
    assert risk(Known(weekly=10, holders=[holder()])).missed == pytest.approx(10 * (1 - HERE), abs=1e-6)
    assert risk(Known(weekly=10, holders=[holder(), holder(IDA)])).missed == pytest.approx(10 * (1 - HERE) ** 2, abs=1e-6)


def test_what_hangs_on_one_is_named():
    assert kinds() == []
    assert kinds(holders=[]) == ["nobody"]
    assert kinds(holders=[holder(level=3)]) == ["nobody"]
    assert kinds(holders=[holder(), holder(IDA, level=3)]) == ["one"]
    assert kinds(holders=[holder(here=False)]) == ["away", "one"]
    assert kinds(holders=[holder(here=False), holder(IDA)]) == []
    assert kinds(answered={BO: 3, IDA: 2}) == ["share"]
    assert kinds(answered={BO: 3}) == []
    assert kinds(answered={BO: 5, IDA: 5}) == []
    assert kinds(asked={"da": 9, "de": 4, "en": 3}) == ["language"]
    assert kinds(asked={"de": 4}, holders=[holder(languages=frozenset({"de"})), holder(IDA)]) == []
    assert kinds(described=False, shown=[IDA]) == ["shown", "undescribed"]
    alone = risk(Known(weekly=4, holders=[holder(), holder(IDA, level=3)], answered={BO: 3, IDA: 1}))
    assert alone.gaps == (Gap(kind="one", colleague=BO, share=0.75),)
    assert kinds(holders=[holder(), holder(IDA, level=3)], answered={BO: 1, IDA: 3}) == ["one", "share"]
    soon = AT + timedelta(days=30)
    assert risk(Known(weekly=1, holders=[holder(fades_at=soon), holder(IDA)])).gaps == (
        Gap(kind="fading", colleague=BO, at=soon),
    )
