"""Starts oldhand.

The packages are called `agent`, `tools`, `memory`: names that a user's own project may well own. So
they are installed in a private folder, and this launcher puts that folder (or, in a checkout, the
folder it lies in) first on the path of its own process and of no other.
"""

import atexit
import gc
import sys
from pathlib import Path


def main() -> None:
    """Run the command line."""
    here = Path(__file__).resolve().parent
    private = here / "oldhand_home"
    sys.path.insert(0, str(private if private.is_dir() else here))

    # Thousands of modules' worth of objects live to the end: looking through them again and again while
    # they are imported, and once more at exit, takes longer than starting the program does.
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)

    from agent.cli import main as run

    run()


if __name__ == "__main__":
    main()
