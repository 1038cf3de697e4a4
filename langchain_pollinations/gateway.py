"""The gateway without a framework: clients, calls, models, prices, the account.

Example:
    >>> from langchain_pollinations.gateway import Client, cheapest, models
    >>> with Client() as client:
    ...     print(cheapest(client.send(models("text")), tools=True))  # doctest: +SKIP
"""

from typing import TYPE_CHECKING

from _pollinations import gateway as _gateway
from _pollinations.gateway import *  # noqa: F403 - one list of names for both adapters

if not TYPE_CHECKING:  # type checkers see what the star imports
    __all__ = _gateway.__all__
