"""Turns what happened to payments into ledger entries. See docs/ledger.md."""

from functools import singledispatch

from core.money import Money
from payments.domain.events import Event, PaymentCaptured
from payments.domain.ledger import Account, Entry, Posting


@singledispatch
def entry_for(event: Event) -> Entry | None:
    """Return the entry that books an event, or None where no money moves."""
    return None


@entry_for.register
def _(event: PaymentCaptured) -> Entry:
    return _transfer(event, event.amount, source=Account.CUSTOMER_FUNDS, target=Account.CASH)


def _transfer(event: Event, amount: Money, *, source: Account, target: Account) -> Entry:
    return Entry(event.payment_id, event.at, (Posting(target, amount), Posting(source, -amount)))
