import pytest

from core.money import CurrencyMismatchError, Money, UnknownCurrencyError, total


def test_amounts_of_one_currency_add_up():
    assert Money(1250, "EUR") + Money(50, "EUR") == Money(1300, "EUR")
    assert Money(1250, "EUR") - Money(1300, "EUR") == Money(-50, "EUR")
    assert Money(300, "EUR") * 4 == Money(1200, "EUR")


def test_currencies_do_not_mix():
    with pytest.raises(CurrencyMismatchError):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(CurrencyMismatchError):
        assert Money(1, "EUR") < Money(2, "USD")


def test_a_float_is_no_amount():
    with pytest.raises(TypeError, match="integer in minor units"):
        Money(12.5, "EUR")


def test_a_currency_that_we_do_not_take_is_refused():
    with pytest.raises(UnknownCurrencyError, match="XAU"):
        Money(1, "XAU")


@pytest.mark.parametrize(
    ("amount", "rate", "share"),
    [(1000, 1900, 190), (50, 100, 1), (49, 100, 0), (-50, 100, -1), (1, 5000, 1), (0, 1900, 0)],
)
def test_a_share_is_rounded_half_away_from_zero(amount, rate, share):
    assert Money(amount, "EUR").share(rate) == Money(share, "EUR")


@pytest.mark.parametrize("amount", [1000, 1001, 1, 0, -1000])
def test_a_split_loses_no_cent(amount):
    parts = Money(amount, "EUR").split(3)
    assert total(parts, "EUR") == Money(amount, "EUR")
    assert max(part.amount for part in parts) - min(part.amount for part in parts) <= 1


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1250, "EUR"), "12.50 EUR"),
        (Money(5, "USD"), "0.05 USD"),
        (Money(1250, "JPY"), "1250 JPY"),
        (Money(-1250, "KWD"), "-1.250 KWD"),
    ],
)
def test_money_is_written_with_the_places_of_its_currency(money, text):
    assert str(money) == text
    assert Money.parse(text.split()[0], money.currency) == money


def test_more_places_than_the_currency_has_are_refused():
    with pytest.raises(ValueError, match="more decimal places than JPY"):
        Money.parse("12.5", "JPY")
