from pathlib import Path

import pytest

from tests.e2e.program import Program


@pytest.fixture
def oldhand(shop: Path) -> Program:
    """The program, started in the shop."""
    return Program(shop)
