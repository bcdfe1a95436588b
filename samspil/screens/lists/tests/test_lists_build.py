"""What is served is what the small files say."""

from samspil.screens.lists import build


def test_the_built_files_are_up_to_date():
    assert {name: (build.OUT / name).read_text() for name in build.built()} == build.built()
