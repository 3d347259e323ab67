import importlib.util

from payments.domain.bookkeeping import entry_for
from payments.domain.events import PaymentCancelled


def test_bookkeeping_works_at_its_new_place(clock, store, captured):
    assert len(store.ledger.entries(captured.id)) == 1
    assert entry_for(PaymentCancelled(captured.id, clock.now())) is None


def test_nothing_is_left_at_the_old_place():
    assert importlib.util.find_spec("payments.bookkeeping") is None
