"""Makes `init_chat_model("pollinations:openai")` know `ChatPollinations`."""

from importlib import import_module

from _pollinations.http.errors import PollinationsError


def register() -> None:
    """Teach LangChain's `init_chat_model` and `create_agent` the provider name `pollinations`.

    LangChain has no public way for this, so it is opt-in; call it once. Passing a
    `ChatPollinations` to `create_agent` needs no registration.

    Raises:
        PollinationsError: `langchain` is missing, or no longer has that table of providers.

    Example:
        >>> from langchain.chat_models import init_chat_model
        >>> register()
        >>> model = init_chat_model("pollinations:openai")
    """
    try:
        base = import_module("langchain.chat_models.base")
        providers = base._BUILTIN_PROVIDERS  # noqa: SLF001 - there is no public registry
    except (ImportError, AttributeError) as error:
        raise PollinationsError(
            "register() needs the package langchain with its table of providers; "
            "pass ChatPollinations(...) itself instead."
        ) from error
    providers["pollinations"] = (
        "langchain_pollinations",
        "ChatPollinations",
        lambda cls, **kwargs: cls(**kwargs),
    )
