"""What the memory step is told of the way, beside plan, tests and diff."""

import json
from typing import Any

from graph.findings import MOST_CHARS, NOTHING, findings
from tests.playing import Player, call, keep, plan
from tests.scripted_model import Answer

COMMA = call("replace", path="shop/cart.py", old="The sum in cents.", new="The sum, in cents.")


def said(text: str, *calls: tuple[str, dict[str, Any], str]) -> list[dict[str, Any]]:
    """An answer of the model with its calls, and what each gave."""
    asked = [
        {"id": f"c{text}{n}", "function": {"name": name, "arguments": json.dumps(given)}}
        for n, (name, given, _) in enumerate(calls)
    ]
    results = [
        {"role": "tool", "tool_call_id": one["id"], "content": result}
        for one, (_, _, result) in zip(asked, calls, strict=True)
    ]
    return [{"role": "assistant", "content": text, "tool_calls": asked}, *results]


def test_notes_commands_and_refusals_are_told_once_each_and_looks_are_not() -> None:
    printed = "Exit code 2 after 0.1 s.\n" + "\n".join(f"line {n}" for n in range(20)) + "\nno such table"
    messages = [
        *said("The table is made by a migration.", ("read_file", {"path": "a.py"}, "1\timport b")),
        *said("", ("shell", {"command": "make  db"}, printed), ("shell", {"command": "make  db"}, printed)),
        *said("", ("replace", {"path": "a.py"}, "Error: old is not in the file"), ("done", {}, "Error: no")),
    ]
    told = findings(messages)
    assert told.splitlines() == [
        "- The table is made by a migration.",
        "- `make db`: Exit code 2 after 0.1 s.",
        *(f"  line {n}" for n in range(16, 20)),
        "  no such table",
        "- replace was refused: Error: old is not in the file",
    ]
    assert findings([]) == NOTHING


def test_what_is_told_of_a_long_way_stays_within_its_budget_and_is_the_newest() -> None:
    messages = [
        message
        for n in range(200)
        for message in said(
            f"Note {n}", ("shell", {"command": f"run {n}"}, f"Exit code 0.\nprinted {n} " * 9)
        )
    ]
    told = findings(messages)
    assert MOST_CHARS // 2 < len(told) <= MOST_CHARS
    assert "Note 199" in told
    assert "`run 199`" in told
    assert "`run 0`" not in told


def test_the_memory_step_sees_risks_questions_and_what_was_found(play: Player) -> None:
    planned = plan("Say it", "shop/cart.py", risks=["Cents may be negative"], questions=["Is it one sum?"])
    look = call("shell", command="echo the cart is frozen; exit 3")
    played = play([planned, look, COMMA, Answer("Done."), keep()], "Say it with a comma")
    question = played.told(len(played.requests) - 1)
    assert "- Risk: Cents may be negative\n- Open: Is it one sum?" in question
    assert "- `echo the cart is frozen; exit 3`: Exit code 3" in question
    assert "  the cart is frozen" in question
