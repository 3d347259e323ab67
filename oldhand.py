"""Starts oldhand.

The packages are called `agent`, `tools`, `memory`: names that a user's own project may well own. So
they are installed in a private folder, and this launcher puts that folder (or, in a checkout, the
folder it lies in) first on the path of its own process and of no other.
"""

import sys
from pathlib import Path


def main() -> None:
    """Run the command line."""
    here = Path(__file__).resolve().parent
    private = here / "oldhand_home"
    sys.path.insert(0, str(private if private.is_dir() else here))

    from agent.cli import main as run

    run()


if __name__ == "__main__":
    main()
