from datetime import date, timedelta

import pytest

from core.money import Money
from payments.domain.invoices import Invoice, InvoiceError, InvoiceStatus, LineItem
from payments.storage import Invoices


def line(amount, quantity=1, tax_rate=1900, currency="EUR"):
    return LineItem("Support", quantity, Money(amount, currency), tax_rate)


@pytest.fixture
def invoice(clock):
    return Invoice.issue(
        "2026-00001", "cus_1", (line(1000, quantity=3), line(500, tax_rate=700)), clock.now()
    )


def test_totals_come_from_the_lines(invoice):
    assert invoice.net == Money(3500, "EUR")
    assert invoice.tax == Money(570 + 35, "EUR")
    assert invoice.gross == Money(4105, "EUR")


def test_tax_is_rounded_once_for_each_rate(clock):
    lines = (line(3), line(3), line(3))
    assert Invoice.issue("2026-00001", "cus_1", lines, clock.now()).tax == Money(2, "EUR")
    assert sum(each.net.share(1900).amount for each in lines) == 3


def test_an_invoice_is_due_after_two_weeks(invoice):
    assert invoice.due_on == date(2026, 3, 16)
    assert not invoice.is_overdue(date(2026, 3, 16))
    assert invoice.is_overdue(date(2026, 3, 17))


def test_an_invoice_has_lines_and_one_currency(clock):
    with pytest.raises(InvoiceError, match="at least one line"):
        Invoice.issue("2026-00001", "cus_1", (), clock.now())
    with pytest.raises(InvoiceError, match="EUR, USD"):
        Invoice.issue("2026-00001", "cus_1", (line(1), line(1, currency="USD")), clock.now())


@pytest.mark.parametrize("wrong", [{"quantity": 0}, {"tax_rate": -1}, {"tax_rate": 10_001}])
def test_a_line_makes_sense(wrong):
    with pytest.raises(InvoiceError):
        line(1000, **wrong)


def test_only_the_exact_amount_settles_an_invoice(invoice):
    with pytest.raises(InvoiceError, match="41.05 EUR"):
        invoice.pay("pay_1", Money(4104, "EUR"))
    invoice.pay("pay_1", Money(4105, "EUR"))
    assert invoice.status is InvoiceStatus.PAID
    with pytest.raises(InvoiceError, match="is paid"):
        invoice.void()


def test_numbers_have_no_gaps_and_start_again_each_year(clock):
    invoices = Invoices()
    numbers = []
    for days in (0, 1, 400):
        at = clock.now() + timedelta(days=days)
        number = invoices.next_number(at.year)
        invoices.save(Invoice.issue(number, "cus_1", (line(100),), at))
        numbers.append(number)
    assert numbers == ["2026-00001", "2026-00002", "2027-00001"]
