"""Keyword search over texts and anchors: FTS5 with stemming."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from memory.database import Database
from memory.keywords import expanded, match, terms

MOST_MATCHES = 12_000
"""A query takes the rarest of its words, until together they occur in this many documents: what more
common words would add to the scores is little, and reading their documents takes most of the time."""
FEW_MATCHES = 2_000
"""The same, where only the documents nearest to a text are of interest."""
FEWEST_WORDS = 2
WIDEST = 4_096
_RANKED = (
    "SELECT rowid AS row, -bm25(words, 1.0, 0.5) AS score FROM words WHERE words MATCH ? "
    "ORDER BY score DESC, rowid"
)


class WordIndex:
    """The words of documents, and BM25 over them.

    Args:
        database: Holds the table `words`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._frequency: dict[str, int] = {}
        database.run(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'words', 'row')"
        )

    def put(self, row: int, text: str, anchors: str) -> None:
        """Index a document, in place of the row's older one."""
        self.delete(row)
        self._database.run(
            "INSERT INTO words(rowid, text, anchors) VALUES (?, ?, ?)",
            (row, expanded(text), expanded(anchors)),
        )

    def delete(self, row: int) -> None:
        """Take a document out."""
        self._database.run("DELETE FROM words WHERE rowid = ?", (row,))

    def best(
        self, query: str, condition: str, values: Sequence[Any], limit: int, most: int = MOST_MATCHES
    ) -> list[tuple[int, float]]:
        """Rows and BM25 scores (higher is better) of documents that share a word with the query, best first.

        The best documents are filtered in the order of their scores; only where too few of them pass,
        all others are.

        Args:
            query: Any text.
            condition: SQL over the table `points` (alias p) that says which rows count.
            values: The values of the condition.
            limit: How many at most.
            most: In how many documents the words that are looked up may occur together; see MOST_MATCHES.
        """
        wanted = match(self._worth_looking_up(terms(query), most))
        if not wanted:
            return []
        for width in (limit * 4, WIDEST):
            ranked = self._database.rows(f"{_RANKED} LIMIT ?", (wanted, width))
            best = self._passing(ranked, condition, values)
            if len(best) >= limit or len(ranked) < width:
                return best[:limit]
        return self._database.rows(
            f"SELECT w.row, w.score FROM ({_RANKED}) w CROSS JOIN points p ON p.row = w.row "
            f"WHERE {condition} ORDER BY w.score DESC, w.row LIMIT ?",
            (wanted, *values, limit),
        )

    def _passing(
        self, ranked: Sequence[tuple[int, float]], condition: str, values: Sequence[Any]
    ) -> list[tuple[int, float]]:
        found = self._database.rows(
            f"SELECT p.row FROM json_each(?) j CROSS JOIN points p ON p.row = j.value WHERE {condition}",
            (json.dumps([row for row, _ in ranked]), *values),
        )
        passing = {row for (row,) in found}
        return [(row, score) for row, score in ranked if row in passing]

    def _worth_looking_up(self, words: list[str], most: int) -> list[str]:
        count = int(self._database.rows("SELECT coalesce(max(row), 0) FROM points")[0][0])
        if count * len(words) <= most:
            return words
        kept: list[str] = []
        matches = 0
        for word in sorted(words, key=self._documents_with):
            matches += self._documents_with(word)
            if matches > most and len(kept) >= FEWEST_WORDS:
                break
            kept.append(word)
        return kept

    def _documents_with(self, word: str) -> int:
        """In about how many documents a word occurs, as counted when it was first asked for."""
        if word not in self._frequency:
            found = self._database.rows("SELECT doc FROM temp.vocabulary WHERE term = ?", (_stem(word),))
            self._frequency[word] = int(found[0][0]) if found else 0
        return self._frequency[word]


def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("porter")  # what FTS5's tokenizer does
