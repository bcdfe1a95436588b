"""Every mail in the fixtures folder means exactly what stands beside it."""

from pathlib import Path

import pytest

from samspil.channels.mail.channel import channel
from samspil.kit.testing import Case, check_case, fixture_cases


@pytest.mark.parametrize("case", fixture_cases(Path(__file__).parents[1] / "fixtures"))
def test_fixtures(case: Case) -> None:
    check_case(case, channel())
