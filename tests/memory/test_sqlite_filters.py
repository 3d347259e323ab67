import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.database import Database
from memory.errors import InvalidFilter
from memory.sqlite_rows import SqliteRows

VALUES = st.sampled_from(["a", "b", "ab", "A%", "x*y", "é", ""]) | st.integers(-3, 3) | st.booleans()
TEXTS = st.sampled_from(["a", "b", "ab", "A%", "x*y", "é", "a/b"])
KEYS = ("kind", "files", "other", "many")
PAYLOADS = st.fixed_dictionaries(
    {},
    optional={
        "kind": TEXTS,
        "files": st.lists(TEXTS, max_size=3),
        "other": VALUES,
        "many": st.lists(VALUES, max_size=3),
    },
)
OPERATORS = st.one_of(
    TEXTS,
    st.none(),
    st.just("*"),
    st.lists(TEXTS, max_size=3),
    st.fixed_dictionaries({"ne": TEXTS}),
    st.fixed_dictionaries({"nin": st.lists(TEXTS, max_size=3)}),
    st.fixed_dictionaries({"gte": TEXTS, "lt": TEXTS}),
    st.fixed_dictionaries({"prefix": TEXTS}),
    st.fixed_dictionaries({"contains": TEXTS}),
    st.fixed_dictionaries({"icontains": TEXTS}),
)
LEAVES = st.dictionaries(st.sampled_from(KEYS), OPERATORS, max_size=2)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.dictionaries(
        st.sampled_from(["AND", "OR", "NOT", "$and", "$or", "$not"]),
        st.lists(inner, min_size=1, max_size=3),
        max_size=2,
    ),
    max_leaves=5,
)


def values_of(payload, key) -> Iterator[object]:
    value = payload.get(key)
    yield from [] if value is None else value if isinstance(value, list) else [value]


def text_of(value) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def compare(value, wanted, test) -> bool:
    """SQLite's order: numbers come before all text."""
    return test((isinstance(value, str), value), (isinstance(wanted, str), wanted))


def fold(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


def matches(payload, filters) -> bool:
    """The grammar by its definition, in plain Python."""
    return all(condition(payload, key, wanted) for key, wanted in filters.items())


def condition(payload, key, wanted) -> bool:
    logic = key.lstrip("$").upper()
    if logic == "AND":
        return all(matches(payload, item) for item in wanted)
    if logic == "OR":
        return any(matches(payload, item) for item in wanted)
    if logic == "NOT":
        return not any(matches(payload, item) for item in wanted)
    values = list(values_of(payload, key))
    if wanted is None:
        return not values
    if wanted == "*":
        return bool(values)
    if isinstance(wanted, list):
        return any(value in wanted for value in values)
    if not isinstance(wanted, dict):
        return wanted in values
    return all(operator(values, name, value) for name, value in wanted.items())


def operator(values, name, wanted) -> bool:
    tests = {
        "ne": lambda: wanted not in values,
        "nin": lambda: not any(value in wanted for value in values),
        "gte": lambda: any(compare(value, wanted, lambda a, b: a >= b) for value in values),
        "lt": lambda: any(compare(value, wanted, lambda a, b: a < b) for value in values),
        "prefix": lambda: any(isinstance(value, str) and value.startswith(wanted) for value in values),
        "contains": lambda: any(wanted in text_of(value) for value in values),
        "icontains": lambda: any(fold(wanted) in fold(text_of(value)) for value in values),
    }
    return tests[name]()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payloads=st.lists(PAYLOADS, min_size=1, max_size=6), filters=FILTERS)
def test_a_filter_in_sql_means_what_the_grammar_says(tmp_path_factory, payloads, filters):
    rows = SqliteRows(Database(tmp_path_factory.mktemp("filters") / "memory.db"), "test", 2)
    payloads = [{"user_id": "user/a", "data": "text", **payload} for payload in payloads]
    names = [str(number) for number in range(len(payloads))]
    rows.insert([[1.0, float(number)] for number in range(len(payloads))], payloads, names)
    expected = {name for name, payload in zip(names, payloads, strict=True) if matches(payload, filters)}
    assert {point.id for point in rows.list(filters)[0]} == expected
    assert {point.id for point in rows.search("", [1.0, 0.0], 10, filters)} == expected
    assert {point.id for point in rows.keyword_search("text", 10, filters)} == expected


def test_an_unknown_operator_is_refused_with_the_known_ones(tmp_path):
    rows = SqliteRows(Database(tmp_path / "memory.db"), "test", 2)
    with pytest.raises(InvalidFilter, match="icontains"):
        rows.list({"kind": {"like": "a"}})


def test_nested_metadata_is_reached_by_dots_and_quotes_in_keys_do_no_harm(tmp_path):
    rows = SqliteRows(Database(tmp_path / "memory.db"), "test", 2)
    rows.insert([[1.0, 0.0]], [{"user_id": "u", "deep": {"er": 3}}], ["1"])
    assert len(rows.list({"deep.er": 3})[0]) == 1
    assert rows.list({"deep.er": {"gt": 3}})[0] == []
    assert rows.list({"a'b\"c": 1})[0] == []


def test_search_is_exact_however_few_points_pass_the_filter(tmp_path):
    rows = SqliteRows(Database(tmp_path / "memory.db"), "test", 2)
    angles = [number / 3000 for number in range(3000)]
    payloads = [
        {"user_id": "u", "kind": "rare" if number % 1000 == 999 else "common"} for number in range(3000)
    ]
    rows.insert([[1.0 - angle, angle] for angle in angles], payloads, [str(n) for n in range(3000)])
    found = rows.search("", [1.0, 0.0], 10, {"user_id": "u", "kind": "rare"})
    assert [point.id for point in found] == ["999", "1999", "2999"]
    assert [point.id for point in rows.search("", [1.0, 0.0], 3, {"user_id": ["u"]})] == ["0", "1", "2"]
    assert json.loads(json.dumps(found[0].payload))["kind"] == "rare"


def test_keyword_search_finds_the_rare_among_the_many_that_share_the_words(tmp_path):
    rows = SqliteRows(Database(tmp_path / "memory.db"), "test", 2)
    many = 5000
    payloads = [
        {"user_id": "u", "data": f"ledger entry{number}", "kind": "rare" if number in (7, 4999) else "common"}
        for number in range(many)
    ]
    rows.insert([[1.0, 0.0]] * many, payloads, [str(number) for number in range(many)])
    found = rows.keyword_search("ledger", 10, {"user_id": "u", "kind": "rare"})
    assert {point.id for point in found} == {"7", "4999"}
    assert rows.keyword_search("the ledger entry4321", 3, {"user_id": "u"})[0].id == "4321"
    assert len(rows.keyword_search("ledger", 10, {"user_id": "u"})) == 10
    assert rows.keyword_search("ledger", 10, {"user_id": "v"}) == []
