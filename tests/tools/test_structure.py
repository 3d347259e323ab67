from collections.abc import Callable
from pathlib import Path

import pytest

from tools.manifests import said_by
from tools.structure import Fact, first_sentence, survey
from tools.workspace import Workspace

Lay = Callable[[dict[str, str]], list[Fact]]


@pytest.fixture
def lay(repository: Path) -> Lay:
    """Writes files and returns what a survey then says."""

    def write(files: dict[str, str]) -> list[Fact]:
        for path, text in files.items():
            file = repository / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return survey(Workspace.open(repository))

    return write


def texts(facts: list[Fact], label: str) -> list[str]:
    return [fact.text for fact in facts if fact.label == label]


def test_a_python_service_is_told_by_its_files(lay: Lay) -> None:
    facts = lay({
        "pyproject.toml": '[project]\nname = "shop"\nrequires-python = ">=3.11"\n'
        'dependencies = ["FastAPI>=0.1"]\n'
        '[project.scripts]\nshop = "shop.cli:main"\n[build-system]\nbuild-backend = "hatchling.build"\n',
        "uv.lock": "",
        "shop/__init__.py": '"""Sells things.\n\nAnd more."""\n',
        "shop/cart.py": '"""What is in the cart."""\n',
        "tests/test_cart.py": "def test_it(): ...\n",
        "examples/tiny/pyproject.toml": '[project]\nname = "tiny"\n',
    })  # fmt: skip
    assert texts(facts, "layout") == [
        "Top-level folders: examples/ (other files), shop/ (Python code), tests/ (Python tests)."
    ]
    assert texts(facts, "build_system") == [
        "pyproject.toml: Python package shop, built with hatchling, Python >=3.11, dependencies locked by uv."
    ]
    assert texts(facts, "framework") == ["pyproject.toml: uses FastAPI."]
    assert texts(facts, "entrypoint") == ["pyproject.toml: `shop` starts shop.cli:main."]
    assert texts(facts, "module_role") == ["shop/: Sells things."]


def test_a_package_of_a_workspace_is_managed_by_its_lock_and_repeats_nothing(lay: Lay) -> None:
    uses = '"devDependencies": {"vitest": "4"'
    facts = lay(
        {
            "package.json": f'{{"workspaces": ["web", "own"], {uses}}}}}',
            "pnpm-lock.yaml": "",
            "web/package.json": f'{{"name": "web", "scripts": {{"dev": "x"}}, {uses}}}}}',
            "own/package.json": f'{{"name": "own", "scripts": {{"dev": "x"}}, {uses}, "react": "19"}}}}',
            "own/yarn.lock": "",
        }
    )
    assert set(texts(facts, "entrypoint")) == {
        "web/package.json: `pnpm run dev` is `x`.",
        "own/package.json: `yarn run dev` is `x`.",
    }
    assert set(texts(facts, "framework")) == {
        "package.json: uses Vitest.",
        "own/package.json: uses Vitest, React.",
    }


def test_languages_are_spelt_as_they_are_and_shared_settings_are_no_entry_point(lay: Lay) -> None:
    facts = lay(
        {
            "web/app.tsx": "export const a = 1;\n",
            "lib/a.js": "export const a = 1;\n",
            "tsconfig/package.json": '{"name": "@acme/tsconfig", "main": "tsconfig.json"}',
        }
    )
    [layout] = texts(facts, "layout")
    assert "lib/ (JavaScript code)" in layout
    assert "web/ (TypeScript code)" in layout
    assert texts(facts, "entrypoint") == []


def test_a_package_that_says_nothing_has_no_role(lay: Lay) -> None:
    facts = lay({"shop/__init__.py": "", "shop/cart.py": '"""What is in the cart."""\n'})
    assert texts(facts, "module_role") == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("package.json",
         '{"name": "web", "type": "module", "engines": {"node": ">=20"}, "dependencies": {"react": "19"},'
         ' "scripts": {"dev": "vite"}}',
         ["JavaScript package web, managed with pnpm, Node >=20, ES modules", "uses React",
          "`pnpm run dev` is `vite`"]),
        ("Cargo.toml",
         '[package]\nname = "grep"\nedition = "2024"\n[dependencies]\ntokio = "1"\n'
         '[[bin]]\nname = "rg"\npath = "a.rs"',
         ["Rust crate grep, built with Cargo, edition 2024", "uses Tokio", "`rg` starts a.rs"]),
        ("go.mod", "module example.org/x\n\ngo 1.24\n\nrequire (\n\tgithub.com/go-chi/chi/v5 v5.1.0\n)\n",
         ["Go module example.org/x, Go 1.24", "uses chi"]),
        ("pom.xml", "<project><artifactId>spring-boot-starter-web</artifactId></project>",
         ["Java, built with Maven", "uses Spring Boot"]),
        ("build.gradle.kts", 'implementation("org.junit.jupiter:junit-jupiter:5.1")',
         ["built with Gradle", "uses JUnit"]),
        ("Makefile", "all: build\nbuild:\n\tcc\nX := 1\n", ["make targets: all, build"]),
        ("Gemfile", "gem 'rails', '~> 8'\n", ["Ruby, dependencies by Bundler", "uses Ruby on Rails"]),
        ("composer.json", '{"require": {"php": ">=8.3", "laravel/framework": "12"}}',
         ["PHP package, PHP >=8.3", "uses Laravel"]),
    ],
)  # fmt: skip
def test_every_kind_of_manifest_is_read(name: str, text: str, said: list[str]) -> None:
    assert [item.sentence for item in said_by(name, text, ["pnpm-lock.yaml"])] == said


@pytest.mark.parametrize(
    ("name", "text"),
    [("setup.cfg", "[mypy]\nstrict = true\n"), ("pyproject.toml", "[tool.ruff]\nline-length = 100\n")],
)
def test_a_file_that_only_holds_settings_of_tools_makes_no_package(name: str, text: str) -> None:
    assert said_by(name, text) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "[project]\nname = 3\ndependencies = 7", '{"bin": 3}', "\0"])
@pytest.mark.parametrize("name", ["pyproject.toml", "package.json", "Cargo.toml", "composer.json"])
def test_a_broken_manifest_says_nothing_that_is_not_there(name: str, text: str) -> None:
    assert all("{" not in said.sentence for said in said_by(name, text))


@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [
        ("a.go", "// Package a parses.\n// It is quick.\npackage a\n", "Package a parses."),
        ("lib.rs", "//! Finds text.\n\nuse x;\n", "Finds text."),
        ("a.ts", "/**\n * Draws the cart.\n */\nexport const a = 1\n", "Draws the cart."),
        ("a.js", "// Copyright 2026 Somebody\nlet a\n", ""),
        ("README.md", "# Title\n\n[![badge](x)](y)\n\nIt sells. Much.\n", "It sells."),
        ("README.md", "# Title\n\nThe parts are:\n\n- a\n", ""),
        ("a.py", "def (:\n", ""),
    ],
)
def test_a_file_is_known_by_how_it_begins(path: str, text: str, sentence: str) -> None:
    assert first_sentence(path, text) == sentence
