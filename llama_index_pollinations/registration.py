"""Makes LlamaIndex's `load_llm` know `Pollinations`."""

from llama_index.core.llms import loading

from llama_index_pollinations.llms import Pollinations


def register() -> None:
    """Let LlamaIndex's `load_llm` restore a `Pollinations` from its `to_dict`.

    The dictionary holds no key: it is read from the environment again.

    Example:
        >>> from llama_index.core.llms.loading import load_llm
        >>> register()
        >>> load_llm(Pollinations(model="gemini").to_dict()).model
        'gemini'
    """
    loading.RECOGNIZED_LLMS[Pollinations.class_name()] = Pollinations
