"""Makes LlamaIndex's `load_llm` know `Pollinations`."""

from llama_index.core.llms import loading

from llama_index_pollinations.llms import Pollinations


def register() -> None:
    """Teach LlamaIndex's `load_llm` to make a `Pollinations` from what `to_dict` gave.

    A stored dictionary holds no key: it is read from the environment again.

    Example:
        >>> from llama_index.core.llms.loading import load_llm
        >>> register()
        >>> load_llm(Pollinations(model="gemini").to_dict()).model
        'gemini'
    """
    loading.RECOGNIZED_LLMS[Pollinations.class_name()] = Pollinations
