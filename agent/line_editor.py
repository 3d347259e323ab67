"""Where a person types on a terminal. Imported only there: prompt_toolkit takes its time."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from agent.completions import MessageCompleter
from memory.secrets import mask

MARK, MORE = "› ", "  "


class CleanHistory(FileHistory):
    """What was typed, without the secrets in it."""

    def store_string(self, string: str) -> None:
        """Write one entry down."""
        super().store_string(mask(string).text)


class LineEditor:
    """Messages of several lines, with history over sessions and completion of commands and files.

    Enter sends; Esc Enter, or a backslash before Enter, begins another line. Ctrl-C clears what was
    typed, and with nothing typed raises KeyboardInterrupt; Ctrl-D with nothing typed raises EOFError.

    Args:
        history: The file that keeps what was typed.
        commands: The slash commands, and what each does.
        files: Gives the files of the repository, for mentions.
    """

    def __init__(
        self, history: Path, commands: Mapping[str, str], files: Callable[[], Sequence[str]]
    ) -> None:
        history.parent.mkdir(parents=True, exist_ok=True)
        self._messages: PromptSession[str] = PromptSession(
            history=CleanHistory(str(history)),
            completer=MessageCompleter(commands, files),
            complete_in_thread=True,  # a repository may take its time to be listed
            key_bindings=_keys(),
            multiline=True,
            prompt_continuation=MORE,
            reserve_space_for_menu=4,
        )
        self._words: PromptSession[str] = PromptSession()

    def message(self) -> str:
        """A message, which may have several lines."""
        return self._messages.prompt(MARK)

    def word(self, prompt: str) -> str:
        """One line in answer to a question; it does not enter the history."""
        return self._words.prompt(prompt)


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    @keys.add("c-j")
    def send(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.document.is_cursor_at_the_end and buffer.text.endswith("\\"):
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def another_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("c-c")
    def clear(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=KeyboardInterrupt)

    return keys
