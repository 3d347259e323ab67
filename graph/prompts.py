"""Prompts are Markdown files in `prompts/`; a value that is missing is an error, not a blank."""

from importlib.resources import files
from string import Template

from graph.errors import PromptError


def render(name: str, **values: str) -> str:
    """Fill the prompt `prompts/<name>.md`.

    Args:
        name: The file's name without its ending.
        values: A text for each `$name` in it.

    Raises:
        PromptError: A value is missing, or one was given that the prompt does not use.
    """
    template = Template(files("graph").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8"))
    unused = values.keys() - set(template.get_identifiers())
    if unused:
        raise PromptError(f"The prompt {name} does not use {', '.join(sorted(unused))}.")
    try:
        return template.substitute(values).strip() + "\n"
    except (KeyError, ValueError) as error:
        raise PromptError(f"The prompt {name} cannot be filled: {error}.") from error
