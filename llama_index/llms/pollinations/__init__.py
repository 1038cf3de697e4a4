"""The name under which LlamaIndex's docs would look for the model."""

from llama_index_pollinations import Pollinations

__all__ = ["Pollinations"]
