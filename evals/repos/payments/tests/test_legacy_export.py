from core.money import Money
from payments.domain.invoices import Invoice, LineItem
from payments.legacy_export import export_invoices


def test_the_old_system_gets_its_own_dialect(clock):
    lines = (LineItem("Licence", 2, Money(5005, "EUR"), 1900),)
    invoice = Invoice.issue("2026-00007", "cus_1", lines, clock.now())
    header, row, end = export_invoices([invoice]).split("\r\n")
    assert header == "NUMBER;DATE;CUSTOMER;NET;TAX;GROSS;CUR;STATE"
    assert row == "2026-00007;02.03.2026;cus_1;100,10;19,02;119,12;EUR;O"
    assert end == ""


def test_a_currency_without_places_has_no_comma(clock):
    lines = (LineItem("Licence", 1, Money(5000, "JPY")),)
    invoice = Invoice.issue("2026-00008", "cus_1", lines, clock.now())
    assert "5000;0;5000;JPY" in export_invoices([invoice])
