from importlib.resources import files

import pytest

from graph.errors import PromptError
from graph.prompts import render

NAMES = [file.name.removesuffix(".md") for file in files("graph").joinpath("prompts").iterdir()]


def test_values_are_filled_in_as_they_are() -> None:
    text = render("failed", command="pytest -q", outcome="failed", failures="$HOME and ${x} and $$", known="")
    assert "`pytest -q`: failed" in text
    assert "$HOME and ${x} and $$" in text
    assert text.endswith(".\n")


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(PromptError, match="outcome"):
        render("failed", command="pytest", failures="", known="")


def test_a_value_that_is_not_used_is_an_error() -> None:
    with pytest.raises(PromptError, match="does not use more"):
        render("accepted", more="x")


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_is_a_template(name: str) -> None:
    with pytest.raises(PromptError, match=f"The prompt {name} does not use nothing_of_this_name"):
        render(name, nothing_of_this_name="x")
