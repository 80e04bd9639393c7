"""Every race."""

from tests.scenarios.races import of_carts, of_money, of_stock

RACES = (*of_stock.RACES, *of_money.RACES, *of_carts.RACES)
