import inspect
from functools import partial

import fault_page
from fault_table import ROWS

from pollinations_sandbox import Fault


def test_the_page_is_what_the_table_says() -> None:
    """`python tests/fault_page.py` writes it again after the table has changed."""
    assert fault_page.PAGE.read_text("utf-8") == fault_page.page()


def test_every_fault_of_the_sandbox_is_in_the_table() -> None:
    """A new kind of fault gets its ends before it is released."""
    orders = [row.order for row in ROWS.values()]
    ordered = {(order.func if isinstance(order, partial) else order).__name__ for order in orders}
    methods = inspect.getmembers(Fault, inspect.ismethod)
    there = {name for name, _ in methods if not name.startswith("_")}

    assert there == ordered
