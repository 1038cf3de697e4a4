"""What the blocking and the asynchronous client share: settings, limits and error answers."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self, cast

from pydantic import SecretStr

from _pollinations.http.admission import UNLIMITED, Admission, Limit, Unlimited
from _pollinations.http.call import Call, Response, Stream
from _pollinations.http.error_reader import error_from
from _pollinations.http.errors import InvalidInputError, PollinationsError, UnreadableAnswerError
from _pollinations.http.proxies import proxy_for
from _pollinations.http.retry import Retry
from _pollinations.http.settings import (
    BASE_URL,
    PoolSettings,
    Settings,
    SizeLimits,
    Timeouts,
    checked_base_url,
    checked_header,
    checked_key,
)

if TYPE_CHECKING:
    from _pollinations.http.client import AsyncClient, Client


class BaseClient:
    """A client's settings, checked; nothing is opened."""

    def __init__(
        self,
        api_key: str | SecretStr | None = None,
        base_url: str | None = None,
        *,
        timeout: float | tuple[float, float] | None = None,
        idle_timeout: float | None = None,
        max_retries: int | None = None,
        retry: Retry | None = None,
        headers: Mapping[str, str] | None = None,
        proxy: str | None = None,
        rate_limiter: Limit | None = None,
        budget: Limit | None = None,
        size_limits: SizeLimits | None = None,
        http_client: Any = None,  # noqa: ANN401 - httpx's, or one with its API
    ) -> None:
        env = os.environ
        key = api_key or env.get("POLLINATIONS_API_KEY") or env.get("POLLINATIONS_TOKEN")
        url = checked_base_url(base_url or env.get("POLLINATIONS_BASE_URL") or BASE_URL)
        if rate_limiter is not None and not hasattr(rate_limiter, "aenter"):
            kind = type(rate_limiter).__name__
            raise InvalidInputError(f"rate_limiter is a RateLimiter of this package, not {kind}.")
        if budget is not None and not hasattr(budget, "aenter"):
            is_number = isinstance(budget, int | float | Decimal)
            write = f": write budget=PollenBudget({budget})" if is_number else ""
            kind = type(budget).__name__
            raise InvalidInputError(f"budget is a PollenBudget, not {kind}{write}.")
        self._http = http_client
        self.settings = Settings(
            api_key=checked_key(key),
            timeouts=Timeouts.of(timeout, idle_timeout),
            retry=retry or (Retry() if max_retries is None else Retry(max_retries)),
            headers=tuple(checked_header(*header) for header in (headers or {}).items()),
            pool=PoolSettings(url, proxy_for(url, proxy)),
            rate_limiter=rate_limiter,
            budgets=() if budget is None else (budget,),
            size_limits=size_limits or SizeLimits(),
        )

    @classmethod
    def of(cls, settings: Settings, *, http_client: Any = None) -> Self:  # noqa: ANN401 - see __init__
        """Make a client from settings that are made already, such as another client's."""
        client = object.__new__(cls)
        client.settings, client._http = settings, http_client
        return client

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.settings.base_url!r})"

    def __copy__(self) -> Self:
        return self.of(self.settings, http_client=self._http)

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, tuple[Settings]]:
        return self.of, (self.settings,)

    def _admission(self, call: Call[Any] | Stream[Any]) -> Admission | Unlimited:
        if self.settings.rate_limiter is None and not self.settings.budgets:
            return UNLIMITED
        return Admission(cast("Client | AsyncClient", self), call)

    def within(self, budgets: Iterable[Limit], rate_limiter: Limit | None = None) -> Self:
        """The same client with further budgets, and maybe another limiter."""
        now = self.settings
        more = (budget for budget in budgets if budget not in now.budgets)
        limiter = rate_limiter or now.rate_limiter
        settings = replace(now, budgets=(*now.budgets, *more), rate_limiter=limiter)
        return self.of(settings, http_client=self._http)

    def without_limits(self) -> Self:
        """The same client without budgets and limiter."""
        settings = replace(self.settings, budgets=(), rate_limiter=None)
        return self.of(settings, http_client=self._http)

    def _conceal(self, error: PollinationsError) -> None:
        """Remove the key and the frames of its traceback from an error."""
        if key := self.settings.api_key:
            error.conceal(key.get_secret_value())

    def _refused(self, head: Response, body: bytes) -> PollinationsError:
        if head.status < 400:  # noqa: PLR2004 - 3xx
            target = head.headers.get("location", "nowhere")
            return UnreadableAnswerError(
                f"{self.settings.base_url} redirects to {target!r}. "
                "Requests are not redirected, since they carry a key: set base_url.",
                status=head.status,
                request_id=head.headers.get("x-request-id"),
            )
        return error_from(head.status, head.headers, body, key_kind=self.settings.key_kind)
