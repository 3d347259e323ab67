from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.program import ARGV, Program
from tests.e2e.screen import Screen
from tests.scripted_model import ScriptedModel


@pytest.fixture
def oldhand(shop: Path) -> Program:
    """The program, started in the shop."""
    return Program(shop)


@pytest.fixture
def open_screen(oldhand: Program, shop: Path) -> Callable[..., Screen]:
    """Starts the program on a terminal."""

    def opened(model: ScriptedModel, *arguments: str) -> Screen:
        return Screen([*ARGV, *arguments], shop, oldhand.environment(model, OLDHAND_MODEL="scripted"))

    return opened
