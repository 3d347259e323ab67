"""The language of a file, with its grammar and query, loaded when first needed."""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.resources import files
from pathlib import PurePosixPath

from tree_sitter import Language, Query


@dataclass(frozen=True, slots=True)
class Grammar:
    """Where a language's grammar is found.

    Attributes:
        module: the grammar's package.
        entry: the function in it that gives the language.
        query: name of our query file, without `.scm`.
        extra: a second query file, read after the first.
        blocks: a query file for the blocks, where indentation is syntax; only digests want them.
        quotes_alike: 'x' and "x" mean the same, so a formatter may swap them.
        is_exact: it parses all valid code; where it does not (macros, gaps), an error means little.
    """

    module: str
    entry: str = "language"
    query: str = ""
    extra: str = ""
    blocks: str = ""
    quotes_alike: bool = False
    is_exact: bool = True


GRAMMARS: dict[str, Grammar] = {
    "python": Grammar("tree_sitter_python", query="python", blocks="python_blocks", quotes_alike=True),
    "javascript": Grammar(
        "tree_sitter_javascript", query="ecmascript", extra="javascript", quotes_alike=True
    ),
    "typescript": Grammar(
        "tree_sitter_typescript", "language_typescript", "ecmascript", "typescript", quotes_alike=True
    ),
    "tsx": Grammar("tree_sitter_typescript", "language_tsx", "ecmascript", "typescript", quotes_alike=True),
    "go": Grammar("tree_sitter_go", query="go"),
    "rust": Grammar("tree_sitter_rust", query="rust"),
    "java": Grammar("tree_sitter_java", query="java"),
    "c": Grammar("tree_sitter_c", query="c", is_exact=False),
    "cpp": Grammar("tree_sitter_cpp", query="c", extra="cpp", is_exact=False),
    "csharp": Grammar("tree_sitter_c_sharp", query="csharp", is_exact=False),
    "ruby": Grammar("tree_sitter_ruby", query="ruby"),
    "php": Grammar("tree_sitter_php", "language_php", "php"),
    "kotlin": Grammar("tree_sitter_kotlin", query="kotlin", is_exact=False),
    "swift": Grammar("tree_sitter_swift", query="swift", is_exact=False),
    "scala": Grammar("tree_sitter_scala", query="scala", blocks="scala_blocks", is_exact=False),
    "lua": Grammar("tree_sitter_lua", query="lua", quotes_alike=True),
    "bash": Grammar("tree_sitter_bash", query="bash", is_exact=False),
}

EXTENSIONS: dict[str, str] = {
    **dict.fromkeys((".py", ".pyi", ".pyw"), "python"),
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs"), "javascript"),
    **dict.fromkeys((".ts", ".mts", ".cts"), "typescript"),
    ".tsx": "tsx",
    ".go": "go",
    ".rs": "rust",
    ".java": "java",
    **dict.fromkeys((".c", ".h"), "c"),
    **dict.fromkeys((".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".ipp"), "cpp"),
    ".cs": "csharp",
    **dict.fromkeys((".rb", ".rake", ".gemspec"), "ruby"),
    **dict.fromkeys((".php", ".phtml"), "php"),
    **dict.fromkeys((".kt", ".kts"), "kotlin"),
    ".swift": "swift",
    **dict.fromkeys((".scala", ".sc"), "scala"),
    ".lua": "lua",
    **dict.fromkeys((".sh", ".bash", ".zsh"), "bash"),
}

FILE_NAMES: dict[str, str] = {
    "Rakefile": "ruby",
    "Gemfile": "ruby",
    ".bashrc": "bash",
    ".bash_profile": "bash",
}


@lru_cache(maxsize=100_000)
def language_of(path: str) -> str | None:
    """The language of a file by its name, or None for one we have no grammar for."""
    name = PurePosixPath(path)
    return FILE_NAMES.get(name.name) or EXTENSIONS.get(name.suffix.lower())


@cache
def grammar(language: str) -> Language:
    """The tree-sitter grammar of a language; KeyError for one that `language_of` never returns."""
    found = GRAMMARS[language]
    return Language(getattr(import_module(found.module), found.entry)())


@cache
def query(language: str, *, blocks: bool = False) -> Query:
    """Our query for a language, with its blocks or without; queries/README.md says what it captures."""
    found = GRAMMARS[language]
    folder = files("tools").joinpath("queries")
    names = [name for name in (found.query, found.extra, found.blocks if blocks else "") if name]
    text = "\n".join(folder.joinpath(f"{name}.scm").read_text(encoding="utf-8") for name in names)
    return Query(grammar(language), text)
