"""How to reach the gateway: the fields that every public class has in either framework."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    PrivateAttr,
    SecretStr,
)
from pydantic_core import core_schema

from _pollinations.http.admission import Budget
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import InvalidInputError
from _pollinations.http.retry import Retry
from _pollinations.http.settings import SizeLimits
from _pollinations.limits.budget import PollenBudget
from _pollinations.limits.rate_limiter import RateLimiter
from _pollinations.signatures import show_options

Clients = tuple[Client, AsyncClient]


def _secret(key: str | SecretStr | None) -> SecretStr | None:
    return SecretStr(key) if isinstance(key, str) else key


ApiKey = Annotated[str | SecretStr | None, AfterValidator(_secret)]
"""A key as people write it; the field holds a `SecretStr`."""
UNCHECKED = GetPydanticSchema(lambda _source, _handler: core_schema.any_schema())
"""Marks a field whose type is for people and type checkers: any object may take its place."""


class ClientFields(BaseModel):
    """The options of the clients, by the same names in every class."""

    model_config = ConfigDict(defer_build=True)  # imports are quick; see `signatures`

    max_retries: int = 2
    """Further attempts after the first: on connection errors, 408, 409, 429 and 5xx."""
    retry_after_limit: float = 60.0
    """The longest wait in seconds that the gateway may ask for; a longer one raises at once."""
    default_headers: dict[str, str] | None = Field(default=None, exclude=True, repr=False)
    """Sent with every request."""
    proxy: str | None = Field(default=None, exclude=True, repr=False)
    """Address of an HTTP proxy; None takes the environment's."""
    http_client: Any = Field(default=None, exclude=True, repr=False)
    """An `httpx.Client` of your own, or one with its API; it is neither closed nor pickled."""
    http_async_client: Any = Field(default=None, exclude=True, repr=False)
    """An `httpx.AsyncClient` of your own, or one with its API; it is neither closed nor pickled."""
    rate_limiter: Annotated[RateLimiter | None, UNCHECKED] = Field(
        default=None, exclude=True, repr=False
    )
    """A `RateLimiter`, which several objects may share; each attempt waits for its turn."""
    budget: Annotated[PollenBudget | None, UNCHECKED] = Field(
        default=None, exclude=True, repr=False
    )
    """A `PollenBudget`, which several may share: an attempt that would pass it is not sent. An
    object with a budget cannot be pickled, since the budget counts in one process."""

    size_limits: SizeLimits | None = Field(default=None, exclude=True, repr=False)
    """The largest answer, event, error and headers, in bytes; None is `gateway.SizeLimits()`."""

    _kept: tuple[tuple[object, ...], Clients] | None = PrivateAttr(default=None)

    if not TYPE_CHECKING:  # type checkers read the constructor from the fields

        def __new__(cls, *args: object, **_: object) -> Self:
            """Refuse options without a name: they have no order."""
            if args:
                raise InvalidInputError(
                    f"{cls.__name__} takes options by name, such as model='openai'."
                )
            return super().__new__(cls)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 - pydantic's own
        super().__pydantic_init_subclass__(**kwargs)
        show_options(cls)

    def _address(self) -> tuple[Any, str | None, float | tuple[float, float] | None]:
        """The key, the base URL and the timeout, which each framework names in its own way."""
        raise NotImplementedError

    def _read_timeout(self) -> float | None:
        """Return how many seconds to wait for an answer."""
        timeout = self._address()[2]
        return timeout[1] if isinstance(timeout, tuple) else timeout

    def _client_options(self) -> dict[str, Any]:
        """The keywords of `Client` but for `retry` and `http_client`."""
        api_key, base_url, timeout = self._address()
        return {
            "api_key": api_key,
            "base_url": base_url,
            "timeout": timeout,
            # A copy, so that a header that is set in place later is noticed.
            "headers": dict(self.default_headers or {}),
            "proxy": self.proxy,
            "rate_limiter": self._limiter(),
            "budget": self.budget,
            "size_limits": self.size_limits,
        }

    def _limiter(self) -> RateLimiter | None:
        """Return the limiter that the clients ask; None for one that only the framework asks.

        Raises:
            InvalidInputError: Neither asks it.
        """
        limiter: object = self.rate_limiter
        if limiter is None or isinstance(limiter, RateLimiter):
            return limiter
        if self._framework_acquires():
            return None
        raise InvalidInputError(
            f"{type(limiter).__name__} has no effect here: rate_limiter takes a RateLimiter of "
            "this package."
        )

    def _framework_acquires(self) -> bool:
        """Whether the framework calls `acquire` of the limiter before each call."""
        return any("rate_limiter" in fields for fields in map(_fields, type(self).__mro__))

    def _clients(self) -> Clients:
        """Return both clients, made again when a copy's fields differ from their own."""
        options = self._client_options()
        others = self.max_retries, self.retry_after_limit, self.http_client, self.http_async_client
        key, kept = (*options.values(), *others), self._kept
        if kept is None or kept[0] != key:
            retry = Retry(self.max_retries, retry_after_limit=self.retry_after_limit)
            client = Client(**options, retry=retry, http_client=self.http_client)
            other = AsyncClient.of(client.settings, http_client=self.http_async_client)
            self._kept = kept = (key, (client, other))
        return kept[1]

    def _clients_of_call(self, budgets: Sequence[Budget] = ()) -> Clients:
        """Return both clients for a call of the framework: with more budgets, and its own turn."""
        clients, limiter = self._clients(), self._limiter()
        first = limiter.of_one_call() if limiter and self._framework_acquires() else None
        if not budgets and first is None:
            return clients
        return clients[0].within(budgets, first), clients[1].within(budgets, first)

    def close(self) -> None:
        """Close the connections of blocking calls; the next call opens them anew."""
        self._clients()[0].close()

    async def aclose(self) -> None:
        """Close the connections of this event loop's calls."""
        await self._clients()[1].aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __getstate__(self) -> dict[Any, Any]:
        if self.budget is not None:  # LlamaIndex would leave out what cannot be pickled
            self.budget.__reduce__()
        # Frameworks change the state that they get: this is a copy's.
        kept = self.model_copy(update={"http_client": None, "http_async_client": None})
        kept._kept = None  # noqa: SLF001 - a copy of our own
        return super(ClientFields, kept).__getstate__()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        # A client of the user's own has open connections, which cannot be copied.
        shared = {id(mine): mine for mine in (self.http_client, self.http_async_client)}
        copied = super().__deepcopy__({**(memo or {}), **shared})
        copied._kept = None  # noqa: SLF001 - a copy of our own
        return copied


def _fields(kind: type) -> Any:  # noqa: ANN401 - pydantic's own
    """The fields of a class that is a framework's."""
    return {} if issubclass(kind, ClientFields) else getattr(kind, "model_fields", {})
