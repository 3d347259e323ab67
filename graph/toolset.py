"""The tools a model may call: methods of small classes, with signature and docstring as schema."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ValidationError

from graph.reply import Call
from graph.vault import Vault
from tools.errors import ToolError

ERROR = "Error: "  # how the model tells a failed call from a result


class Use(StrEnum):
    """When a tool may be called."""

    LOOK = "look"  # always; changes nothing
    PLAN = "plan"  # ends the planning
    CHANGE = "change"  # only once a plan is accepted
    END = "end"  # ends the editing


@dataclass(frozen=True)
class ToolResult:
    """The result of a call: a text for the model, or a value for the harness."""

    ok: bool
    text: str
    seconds: float = 0.0
    value: Any = None


class Toolset:
    """The tools of one run, by name.

    Args:
        tools: For each use, the methods that may be called so.
        vault: Puts secrets back into what the model asks for, and takes them out of what it is told.
        forget_reads: Called when the model is no longer sent what it has read.
    """

    def __init__(
        self,
        tools: Mapping[Use, Sequence[Callable[..., Any]]],
        vault: Vault | None = None,
        forget_reads: Callable[[], None] = lambda: None,
    ) -> None:
        self._vault = vault or Vault()
        self.forget_reads = forget_reads
        self._tools: dict[str, BaseTool] = {}
        self._uses: dict[str, Use] = {}
        self.schemas: list[dict[str, Any]] = []
        for use, methods in tools.items():
            for method in methods:
                tool, schema = _described(method)
                self._tools[tool.name] = tool
                self._uses[tool.name] = use
                self.schemas.append(schema)

    def use_of(self, name: str) -> Use | None:
        """When this tool may be called; None where there is no such tool."""
        return self._uses.get(name)

    def names(self, use: Use) -> list[str]:
        """The tools of one use."""
        return [name for name, of in self._uses.items() if of is use]

    def call(self, call: Call) -> ToolResult:
        """Run a call. The model's mistakes come back as text for it; bugs are raised."""
        tool = self._tools.get(call.name)
        if tool is None:
            return failed(f"there is no tool {call.name!r}; there are {', '.join(self._tools)}")
        if call.arguments is None:
            return failed(_unreadable(call))
        if any("\0" in value for value in call.arguments.values() if isinstance(value, str)):
            return failed(f"{call.name}: no path, command or text file may hold a NUL character")
        started = time.monotonic()
        strict = self._uses[call.name] is Use.CHANGE  # a stand-in must not get into a file
        try:
            value = tool.invoke(self._vault.reveal_all(call.arguments, strict=strict))
        except ValidationError as error:
            return failed(f"{call.name}: {explain(error)}")
        except ToolError as error:
            return failed(self._vault.hide(str(error)), time.monotonic() - started)
        except OSError as error:  # a name too long, a disk that is full: the system's word, not a bug
            return failed(f"{call.name}: {error.strerror or error}", time.monotonic() - started)
        seconds = time.monotonic() - started
        if isinstance(value, str):
            return ToolResult(True, self._vault.hide(value), seconds)
        return ToolResult(True, "", seconds, value)


def _unreadable(call: Call) -> str:
    """Why arguments cannot be read; a call that was cut off would otherwise come again just as long."""
    if call.raw.rstrip().endswith("}"):
        return f"the arguments of {call.name} are not valid JSON: {call.raw[:200]!r}"
    size = f"{len(call.raw):,} characters"
    return (
        f"the arguments of {call.name} are not valid JSON: they break off after {size}, at "
        f"{call.raw[-80:]!r}. If your answer became too long, make the change in several smaller calls"
    )


_DESCRIBED: dict[Callable[..., Any], tuple[StructuredTool, dict[str, Any]]] = {}


def _described(method: Callable[..., Any]) -> tuple[StructuredTool, dict[str, Any]]:
    """A method as a tool, and its schema for the model; what can be read off its code is read only once."""
    function = getattr(method, "__func__", method)
    if function not in _DESCRIBED:
        tool = StructuredTool.from_function(method, parse_docstring=True)
        blank = tool.model_copy(update={"func": function})  # without the object: it belongs to one turn
        _DESCRIBED[function] = blank, _without_noise(convert_to_openai_tool(tool))
    blank, schema = _DESCRIBED[function]
    return blank.model_copy(update={"func": method}), schema


def failed(sentence: str, seconds: float = 0.0) -> ToolResult:
    """The result of a call that did not work, told so that the model sees it as one."""
    return ToolResult(False, ERROR + sentence, seconds)


def explain(error: ValidationError) -> str:
    """Pydantic's findings on one line, without the values: they may be whole files."""
    return "; ".join(
        f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}" for found in error.errors()[:4]
    )


def _without_noise(schema: Any) -> Any:
    """A schema without the titles and null branches that cost tokens and tell a model nothing."""
    if isinstance(schema, list):
        return [_without_noise(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    branches = schema.get("anyOf")
    if branches and {"type": "null"} in branches and len(branches) == 2:
        kept = next(branch for branch in branches if branch != {"type": "null"})
        rest = {k: v for k, v in schema.items() if k not in ("anyOf", "default")}
        return _without_noise({**kept, **rest})
    return {
        key: _without_noise(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
    }
