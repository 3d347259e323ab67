from evals.fit_paraphrases import Pair, asked, fit
from evals.memory_bench.statement_groups import FITTED, HELD_OUT, read_groups

PAIRS = [
    Pair(0, "The proxy strips the header", "The header is removed by the proxy here", same=True),
    Pair(0, "Sessions are dropped at night", "Every night sessions get revoked", same=True),
    Pair(1, "Labels are checked by annotators", "Annotators review the labels", same=True),
    Pair(1, "The proxy strips the header", "The proxy strips the cookie of guests", same=False),
    Pair(2, "Sessions are dropped at night", "Sessions are listed for auditors at night", same=False),
    Pair(2, "Labels are checked by annotators", "Annotators invent labels for fun", same=False),
]


def test_fitted_weights_give_more_to_pairs_that_say_the_same():
    cases = asked(PAIRS)
    logs = cases.logs(fit(cases))
    same = [log for log, pair in zip(logs, cases.pairs, strict=True) if pair.same]
    others = [log for log, pair in zip(logs, cases.pairs, strict=True) if not pair.same and pair.weight == 1]
    assert min(same) > max(others)


def test_no_held_out_statement_was_fitted_on():
    fitted, held_out = read_groups(FITTED), read_groups(HELD_OUT)
    assert {group.domain for group in fitted}.isdisjoint(group.domain for group in held_out)
    said = {text for group in fitted for text in (group.say, *group.same, *group.near)}
    assert said.isdisjoint(text for group in held_out for text in (group.say, *group.same, *group.near))
    assert len(held_out) == 100
