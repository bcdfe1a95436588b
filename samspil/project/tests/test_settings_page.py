"""The reference page of the settings is made from them."""

from pathlib import Path

from samspil.project.settings import Settings
from samspil.project.settings_page import page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "settings.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run: samspil docs settings"


def test_every_setting_has_a_description_and_its_line() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert f"| `SAMSPIL_{name.upper()}` | {field.description} |" in page()
