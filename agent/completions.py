"""What a message can be completed with: commands at its beginning, files of the repository behind an @."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

MOST_FILES = 40
_MENTION = re.compile(r"(?:^|\s)@([^\s@]*)$")


class MessageCompleter(Completer):
    """Completes commands and mentions of files.

    Args:
        commands: The slash commands, and what each does.
        files: Gives the files of the repository.
    """

    def __init__(self, commands: Mapping[str, str], files: Callable[[], Sequence[str]]) -> None:
        self._commands = commands
        self._files = files

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """What could stand where the cursor is, best first."""
        before = document.text_before_cursor
        if mention := _MENTION.search(before):
            for path in fitting(mention[1], self._files()):
                yield Completion(path, -len(mention[1]))
            return
        for name, text in self._commands.items():
            if before and name.startswith(before):
                yield Completion(name, -len(before), display_meta=text)


def fitting(typed: str, files: Iterable[str]) -> list[str]:
    """The files that hold what was typed: those whose own name begins with it first, short paths before long.

    Args:
        typed: Any part of a path, in whatever case.
        files: Paths.
    """
    wanted = typed.casefold()

    def rank(path: str) -> tuple[bool, bool, int, str]:
        name = path.rpartition("/")[2].casefold()
        begins = name.startswith(wanted) or path.casefold().startswith(wanted)
        return (not begins, wanted not in name, path.count("/"), path)

    return sorted((path for path in files if wanted in path.casefold()), key=rank)[:MOST_FILES]
