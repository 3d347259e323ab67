"""The adapter of each test runner."""

from tools.testing.adapter import Adapter
from tools.testing.cargo_runs import Cargo
from tools.testing.go_runs import Go
from tools.testing.java_runs import Gradle, Maven
from tools.testing.javascript_runs import Jest, Mocha, Node, Vitest
from tools.testing.python_runs import Pytest, Unittest, Unknown
from tools.testing.results import Framework

ADAPTERS: dict[Framework, Adapter] = {
    "pytest": Pytest(),
    "unittest": Unittest(),
    "jest": Jest(),
    "vitest": Vitest(),
    "mocha": Mocha(),
    "node": Node(),
    "go": Go(),
    "cargo": Cargo(),
    "maven": Maven(),
    "gradle": Gradle(),
    "other": Unknown(),
}
