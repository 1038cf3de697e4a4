"""The connection of a public object: its clients and what its calls learn, made from its fields."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel

from _pollinations.fields import ConnectionFields
from _pollinations.http.admission import Limit
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import InvalidInputError, PollinationsError
from _pollinations.http.retry import Retry
from _pollinations.limits.circuit_breaker import CircuitBreaker
from _pollinations.limits.rate_limiter import RateLimiter
from _pollinations.signatures import show_options

if TYPE_CHECKING:
    from _pollinations.models.catalog import Catalog, Snapshot

AUTO = "auto"
"""The model's name that stands for the best one there is."""
_DEPENDS_ON = (
    *ConnectionFields.model_fields,
    *("catalog", "circuit_breaker", "stream_idle_timeout"),
)
"""The fields of which a connection is made, beside the key, the address and the timeout."""


@dataclass(frozen=True, eq=False)
class Connection:
    """How the calls of one object reach the gateway, and what they learn.

    Attributes:
        client: For calls that may block.
        async_client: For coroutines.
        catalog: Returns the catalogue of models, made when it is first needed.
        uses_catalog: Whether each call looks its model up there.
        circuit_breaker: Moves models that failed behind the others.
        framework_limiter: The limiter whose turn the framework acquires before each call.
        accepted_methods: By which method each model gave structured output.
    """

    client: Client
    async_client: AsyncClient
    catalog: "Callable[[], Catalog]"
    uses_catalog: bool
    circuit_breaker: CircuitBreaker
    framework_limiter: RateLimiter | None
    accepted_methods: dict[str, str] = field(default_factory=dict)

    def for_call(self, budgets: Sequence[Limit] = ()) -> "Connection":
        """The connection for one call of the framework: with more budgets, and the call's turn."""
        turn = self.framework_limiter.for_acquired_call() if self.framework_limiter else None
        if not budgets and turn is None:
            return self
        client = self.client.within(budgets, turn)
        async_client = self.async_client.within(budgets, turn)
        return replace(self, client=client, async_client=async_client)

    def known(self, model: str) -> "Snapshot | None":
        """The models and prices; None if a call does not need them or they cannot be read."""
        try:
            return self.catalog().snapshot() if self.uses_catalog or model == AUTO else None
        except PollinationsError:
            return None

    async def aknown(self, model: str) -> "Snapshot | None":
        """The models and prices; see `known`."""
        try:
            return await self.catalog().asnapshot() if self.uses_catalog or model == AUTO else None
        except PollinationsError:
            return None


class Connected(ConnectionFields):
    """An object with a connection, which it can close and does not take along when it is copied."""

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

    def _connect(self) -> Connection:
        """Return the connection, made anew when a field that it depends on has changed."""
        # Headers as a copy, so that one that is set in place later is noticed.
        headers = dict(self.default_headers or ())
        options = [self._address(), headers, *map(self.__dict__.get, _DEPENDS_ON)]
        # Beside the fields, as a cached property is: equality and dumps leave it out.
        kept: tuple[list[Any], Connection] | None = self.__dict__.get("_kept")
        if kept is None or kept[0] != options:
            kept = self.__dict__["_kept"] = (options, _connection(self))
        return kept[1]

    def close(self) -> None:
        """Close the connections of blocking calls; the next call opens them anew."""
        self._connect().client.close()

    async def aclose(self) -> None:
        """Close the connections of this event loop's calls."""
        await self._connect().async_client.aclose()

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
        copied = self.model_copy(update={"http_client": None, "http_async_client": None})
        copied.__dict__.pop("_kept", None)
        return super(Connected, copied).__getstate__()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        # A client of the user's own has open connections, which cannot be copied.
        own = (self.__dict__.get("_kept"), self.http_client, self.http_async_client)
        copied = super().__deepcopy__({**(memo or {}), **{id(shared): shared for shared in own}})
        copied.__dict__.pop("_kept", None)
        return copied


def _connection(fields: Connected) -> Connection:
    """Make the connection of an object; nothing is opened.

    Raises:
        InvalidInputError: The key, the URL or another field is not valid.
    """
    api_key, base_url, timeout = fields._address()  # noqa: SLF001 - of this module
    for name, kind, method in (
        ("http_client", "httpx.Client", "close"),
        ("http_async_client", "httpx.AsyncClient", "aclose"),
        ("circuit_breaker", "CircuitBreaker", "order"),
    ):
        value = getattr(fields, name, None)
        if value is not None and not hasattr(value, method):
            raise InvalidInputError(f"{name} takes {kind}, not {type(value).__name__}.")
    # A limiter that the framework alone knows has its effect there.
    acquires = _framework_acquires(type(fields))
    is_theirs = acquires and not isinstance(fields.rate_limiter, RateLimiter)
    limiter = None if is_theirs else fields.rate_limiter
    client = Client(
        api_key,
        base_url,
        timeout=timeout,
        idle_timeout=getattr(fields, "stream_idle_timeout", None),
        retry=Retry(fields.max_retries, retry_after_limit=fields.retry_after_limit),
        headers=fields.default_headers,
        proxy=fields.proxy,
        rate_limiter=limiter,
        budget=fields.budget,
        size_limits=fields.size_limits,
        http_client=fields.http_client,
    )
    async_client = AsyncClient.of(client.settings, http_client=fields.http_async_client)
    catalog = getattr(fields, "catalog", None)
    return Connection(
        client,
        async_client,
        catalog=_catalog(catalog, client, async_client),
        uses_catalog=bool(catalog),
        circuit_breaker=getattr(fields, "circuit_breaker", None) or CircuitBreaker(),
        framework_limiter=limiter if acquires else None,
    )


def _catalog(
    catalog: "Catalog | bool | None", client: Client, async_client: AsyncClient
) -> "Callable[[], Catalog]":
    """What returns the user's catalogue, or makes one when it is first needed."""
    catalogs: dict[Client, Catalog] = {}

    def own() -> "Catalog":
        from _pollinations.models.catalog import Catalog  # noqa: PLC0415 - brings sqlite3, rarely

        # Threads that come at the same time, as after that import, get the same one.
        return catalogs.get(client) or catalogs.setdefault(
            client, Catalog(client, async_client=async_client)
        )

    if catalog is None or isinstance(catalog, bool):
        return own
    if not hasattr(catalog, "asnapshot"):
        raise InvalidInputError(f"catalog is a Catalog or True, not {catalog!r:.80}.")
    return lambda: catalog


def _framework_acquires(kind: type[BaseModel]) -> bool:
    """Whether the framework calls `acquire` of the limiter before each call."""
    theirs = (base for base in kind.__mro__ if not issubclass(base, ConnectionFields))
    return any("rate_limiter" in getattr(base, "model_fields", {}) for base in theirs)
