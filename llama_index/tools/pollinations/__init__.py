"""The name under which LlamaIndex's docs would look for the tools."""

from llama_index_pollinations import PollinationsToolSpec

__all__ = ["PollinationsToolSpec"]
