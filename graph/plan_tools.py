"""The calls that end a phase: three end the planning, one the editing."""

from dataclasses import dataclass

from graph.plan import Plan, PlanStep


@dataclass(frozen=True)
class Done:
    """The model's word that the work is done."""

    summary: str


class PlanTools:
    """How the model says what it will do."""

    def submit_plan(
        self,
        summary: str,
        steps: list[PlanStep],
        tests: list[str],
        memories: list[str],
        new_tests: list[str] | None = None,
        risks: list[str] | None = None,
        questions: list[str] | None = None,
    ) -> Plan:
        """Say what you will change. Ends the planning; only then may anything be changed.

        Args:
            summary: One or two sentences: what, and the idea behind it.
            steps: In order. `what` is one sentence, `files` what it touches, as a path or path::Class.method;
                `creates` new files and symbols.
            tests: Test files or ids that show it works; run first where the suite is slow.
            memories: Ids of the recalled memories that this plan relies on; [] when none.
            new_tests: Test files or ids that you will write for it.
            risks: What may break, each in one sentence.
            questions: What stays open, each with what you take for granted meanwhile.
        """
        new = new_tests or []
        return Plan(
            kind="change",
            summary=summary,
            steps=steps,
            tests=list(dict.fromkeys([*tests, *new])),
            new_tests=new,
            memories=memories,
            risks=risks or [],
            questions=questions or [],
        )

    def answer(self, text: str, memories: list[str] | None = None) -> Plan:
        """Answer a question when no change is wanted. Ends the run.

        Args:
            text: Markdown; refer to code as `path:line`.
            memories: Ids of the recalled memories that the answer relies on.
        """
        return Plan(kind="answer", text=text, memories=memories or [])

    def ask_person(self, text: str) -> Plan:
        """Ask the person for a decision you cannot take or find out. Ends the run.

        Args:
            text: The question, with the choices you see.
        """
        return Plan(kind="question", text=text)

    def done(self, summary: str) -> Done:
        """Say that the work is done, in the same answer as the last edits if you can. Tests are run then.

        Args:
            summary: One to three sentences: what was changed, and what is worth knowing about it.
        """
        return Done(summary)
