"""What a project's manifests say about it: how it is built, what it depends on, where it starts.

Pure: texts in, sentences out. A manifest that cannot be read says nothing.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

Kind = str


class Said(NamedTuple):
    """What a manifest says: a label of structural memories, and a sentence without its path."""

    label: Kind
    sentence: str


# What a dependency is called where people talk about it; only what shapes how code is written.
_FRAMEWORKS = {
    "aiohttp": "aiohttp", "alembic": "Alembic", "celery": "Celery", "click": "Click", "django": "Django",
    "djangorestframework": "Django REST framework", "fastapi": "FastAPI", "flask": "Flask",
    "httpx": "HTTPX", "hypothesis": "Hypothesis", "langchain": "LangChain", "langgraph": "LangGraph",
    "marshmallow": "marshmallow", "numpy": "NumPy", "pandas": "pandas", "polars": "Polars",
    "pydantic": "Pydantic", "pyramid": "Pyramid", "pytest": "pytest", "requests": "Requests",
    "sanic": "Sanic", "scikit-learn": "scikit-learn", "sqlalchemy": "SQLAlchemy", "sqlmodel": "SQLModel",
    "starlette": "Starlette", "tornado": "Tornado", "torch": "PyTorch", "typer": "Typer",
    "@angular/core": "Angular", "@nestjs/core": "NestJS", "@playwright/test": "Playwright",
    "astro": "Astro", "cypress": "Cypress", "electron": "Electron", "express": "Express",
    "fastify": "Fastify", "jest": "Jest", "koa": "Koa", "mocha": "Mocha", "next": "Next.js", "nuxt": "Nuxt",
    "prisma": "Prisma", "react": "React", "react-native": "React Native", "svelte": "Svelte",
    "tailwindcss": "Tailwind CSS", "typeorm": "TypeORM", "typescript": "TypeScript", "vite": "Vite",
    "vitest": "Vitest", "vue": "Vue", "actix-web": "Actix Web", "axum": "Axum", "bevy": "Bevy",
    "clap": "clap", "diesel": "Diesel", "rocket": "Rocket", "serde": "Serde", "sqlx": "SQLx",
    "tokio": "Tokio", "warp": "warp", "github.com/gin-gonic/gin": "Gin", "github.com/go-chi/chi": "chi",
    "github.com/gofiber/fiber": "Fiber", "github.com/labstack/echo": "Echo",
    "github.com/spf13/cobra": "Cobra", "github.com/stretchr/testify": "Testify", "gorm.io/gorm": "GORM",
    "google.golang.org/grpc": "gRPC", "rails": "Ruby on Rails", "rspec": "RSpec", "sinatra": "Sinatra",
    "sidekiq": "Sidekiq", "laravel/framework": "Laravel", "symfony/framework-bundle": "Symfony",
    "phpunit/phpunit": "PHPUnit", "junit": "JUnit", "junit-jupiter": "JUnit",
    "spring-boot-starter": "Spring Boot", "spring-boot-starter-web": "Spring Boot",
    "spring-boot-starter-parent": "Spring Boot", "hibernate-core": "Hibernate", "mockito-core": "Mockito",
}  # fmt: skip
_MOST_NAMED = 12
_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)")
_TARGET = re.compile(r"^([A-Za-z][\w.-]*)\s*:(?!=)", re.MULTILINE)
_GO_MODULE = re.compile(r"^module\s+(\S+)", re.MULTILINE)
_GO_VERSION = re.compile(r"^go\s+(\S+)", re.MULTILINE)
_GO_REQUIRED = re.compile(
    r"^\s*(?:require\s+)?([\w.-]+\.[a-z]+/\S+)\s+v\S+(?!\s*//\s*indirect)", re.MULTILINE
)
_GEM = re.compile(r"""^\s*gem\s+["']([\w-]+)["']""", re.MULTILINE)
_ARTIFACT = re.compile(r"<artifactId>\s*([\w.-]+)\s*</artifactId>")
_COORDINATE = re.compile(r"""["'][\w.-]+:([\w.-]+)(?::[^"']*)?["']""")


def said_by(name: str, text: str, beside: Sequence[str] = ()) -> list[Said]:
    """What one manifest says of the project.

    Args:
        name: The file's own name, such as `pyproject.toml`.
        text: Its content.
        beside: Names of the files in the same folder: a lock file tells the tool.
    """
    reader = _READERS.get(name)
    if reader is None:
        return []
    try:
        return [said for said in reader(text, beside) if said.sentence]
    except (ValueError, TypeError, AttributeError, RecursionError):  # broken, or of another shape
        return []


def is_manifest(name: str) -> bool:
    """Whether a file of this name describes a project."""
    return name in _READERS


def _pyproject(text: str, beside: Sequence[str]) -> list[Said]:
    data = tomllib.loads(text)
    project, tool = _table(data, "project"), _table(data, "tool")
    poetry = _table(tool, "poetry")
    backend = _table(data, "build-system").get("build-backend", "")
    builder = str(backend).partition(".")[0] or ("poetry" if poetry else "")
    manager = _first(beside, {"uv.lock": "uv", "poetry.lock": "Poetry", "pdm.lock": "PDM"})
    python = project.get("requires-python") or _table(poetry, "dependencies").get("python")
    parts = [f"built with {builder}" if builder else "", f"Python {python}" if python else ""]
    parts.append(f"dependencies locked by {manager}" if manager else "")
    package = _named("Python package", project or poetry)
    only_settings = not (project or poetry or builder)
    found = [Said("build_system", "" if only_settings else _listed(package, parts))]
    needed = [*project.get("dependencies", []), *_flat(_table(project, "optional-dependencies"))]
    needed += [item for item in _flat(_table(data, "dependency-groups")) if isinstance(item, str)]
    needed += list(_table(poetry, "dependencies"))
    found.append(_uses(_name_of(requirement) for requirement in needed))
    scripts = {**_table(project, "scripts"), **_table(poetry, "scripts"), **_table(project, "gui-scripts")}
    found.append(_starts(f"`{name}` starts {target}" for name, target in scripts.items()))
    return found


def _setup_cfg(text: str, beside: Sequence[str]) -> list[Said]:
    only_settings = not re.search(r"^\[(metadata|options)\]", text, re.MULTILINE)
    section = re.search(r"^install_requires\s*=((?:\n[ \t]+.*)+)", text, re.MULTILINE)
    needed = section.group(1).splitlines() if section else []
    return [
        Said("build_system", "" if only_settings else "Python package built with setuptools"),
        _uses(_name_of(line) for line in needed),
    ]


def _requirements(text: str, beside: Sequence[str]) -> list[Said]:
    return [_uses(_name_of(line) for line in text.splitlines())]


def _package_json(text: str, beside: Sequence[str]) -> list[Said]:
    data = json.loads(text)
    locks = {"pnpm-lock.yaml": "pnpm", "yarn.lock": "Yarn", "bun.lock": "Bun", "bun.lockb": "Bun",
             "package-lock.json": "npm"}  # fmt: skip
    manager = str(data.get("packageManager", "")).partition("@")[0] or _first(beside, locks)
    node = _table(data, "engines").get("node")
    parts = [f"managed with {manager}" if manager else "", f"Node {node}" if node else ""]
    parts.append("ES modules" if data.get("type") == "module" else "")
    parts.append("a workspace of packages" if data.get("workspaces") else "")
    found = [Said("build_system", _listed(_named("JavaScript package", data), parts))]
    found.append(_uses([*_table(data, "dependencies"), *_table(data, "devDependencies")]))
    commands = data.get("bin") or {}
    commands = {data.get("name", ""): commands} if isinstance(commands, str) else commands
    starts = [f"`{name}` starts {target}" for name, target in commands.items()]
    main = str(data.get("main") or "")
    starts += [f"the package is {main}"] if main and not main.endswith(".json") else []  # of shared settings
    starts += [
        f"`{manager.lower() or 'npm'} run {name}` is `{line}`"
        for name, line in _table(data, "scripts").items()
    ]
    return [*found, _starts(starts)]


def _cargo(text: str, beside: Sequence[str]) -> list[Said]:
    data = tomllib.loads(text)
    package, members = _table(data, "package"), _table(data, "workspace").get("members", [])
    edition = package.get("edition")
    parts = [f"edition {edition}" if isinstance(edition, str) else ""]
    parts.append(f"a workspace of {', '.join(members[:_MOST_NAMED])}" if members else "")
    needed = [*_table(data, "dependencies"), *_table(data, "dev-dependencies")]
    bins = [f"`{item['name']}` starts {item.get('path', 'src/main.rs')}" for item in data.get("bin", [])]
    return [
        Said("build_system", _listed(_named("Rust crate", package), ["built with Cargo", *parts])),
        _uses(needed),
        _starts(bins),
    ]


def _go_mod(text: str, beside: Sequence[str]) -> list[Said]:
    module, version = _GO_MODULE.search(text), _GO_VERSION.search(text)
    parts = [f"Go {version.group(1)}" if version else ""]
    needed = (re.sub(r"/v\d+$", "", name) for name in _GO_REQUIRED.findall(text))
    name = f"Go module {module.group(1)}" if module else "Go module"
    return [Said("build_system", _listed(name, parts)), _uses(needed)]


def _makefile(text: str, beside: Sequence[str]) -> list[Said]:
    targets = list(dict.fromkeys(_TARGET.findall(text)))[:_MOST_NAMED]
    return [Said("build_system", f"make targets: {', '.join(targets)}" if targets else "")]


def _gemfile(text: str, beside: Sequence[str]) -> list[Said]:
    return [Said("build_system", "Ruby, dependencies by Bundler"), _uses(_GEM.findall(text))]


def _composer(text: str, beside: Sequence[str]) -> list[Said]:
    data = json.loads(text)
    php = _table(data, "require").get("php")
    sentence = _listed(_named("PHP package", data), [f"PHP {php}" if php else ""])
    return [
        Said("build_system", sentence),
        _uses([*_table(data, "require"), *_table(data, "require-dev")]),
    ]


def _maven(text: str, beside: Sequence[str]) -> list[Said]:
    return [Said("build_system", "Java, built with Maven"), _uses(_ARTIFACT.findall(text))]


def _gradle(text: str, beside: Sequence[str]) -> list[Said]:
    wrapper = " by its wrapper" if "gradlew" in beside else ""
    return [Said("build_system", f"built with Gradle{wrapper}"), _uses(_COORDINATE.findall(text))]


_Reader = Callable[[str, Sequence[str]], list[Said]]
_READERS: Mapping[str, _Reader] = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "requirements.txt": _requirements,
    "package.json": _package_json,
    "Cargo.toml": _cargo,
    "go.mod": _go_mod,
    "Makefile": _makefile,
    "Gemfile": _gemfile,
    "composer.json": _composer,
    "pom.xml": _maven,
    "build.gradle": _gradle,
    "build.gradle.kts": _gradle,
    "CMakeLists.txt": lambda text, beside: [Said("build_system", "built with CMake")],
}


def _table(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _flat(groups: Mapping[str, Any]) -> list[Any]:
    return [item for group in groups.values() if isinstance(group, list) for item in group]


def _name_of(requirement: object) -> str:
    found = _REQUIREMENT.match(str(requirement))
    return found.group(1).lower() if found else ""


def _named(what: str, data: Mapping[str, Any]) -> str:
    name = data.get("name")
    return f"{what} {name}" if isinstance(name, str) and name else what


def _first(names: Sequence[str], meanings: Mapping[str, str]) -> str:
    return next((meanings[name] for name in meanings if name in names), "")


def _listed(head: str, parts: Sequence[str]) -> str:
    return ", ".join([head, *(part for part in parts if part)])


def _uses(names: Any) -> Said:
    known = list(dict.fromkeys(_FRAMEWORKS[name] for name in names if name in _FRAMEWORKS))[:_MOST_NAMED]
    return Said("framework", f"uses {', '.join(known)}" if known else "")


def _starts(sentences: Any) -> Said:
    return Said("entrypoint", "; ".join(list(sentences)[:_MOST_NAMED]))
