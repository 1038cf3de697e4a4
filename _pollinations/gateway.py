"""Everything public of the gateway itself, without a framework; both adapters re-export it."""
# ruff: noqa: PLC0414 - such an alias tells type checkers that the name is public here

from typing import TYPE_CHECKING

from _pollinations import account as account
from _pollinations.chat.public import ChatOptions as ChatOptions
from _pollinations.chat.public import complete as complete
from _pollinations.chat.public import stream as stream
from _pollinations.chat.reply import Delta as Delta
from _pollinations.chat.reply import Reply as Reply
from _pollinations.chat.reply import Usage as Usage
from _pollinations.embeddings import EmbeddingOptions as EmbeddingOptions
from _pollinations.embeddings import Embeddings as Embeddings
from _pollinations.embeddings import embeddings as embeddings
from _pollinations.files import file as file
from _pollinations.http.call import Call as Call
from _pollinations.http.call import Fallback as Fallback
from _pollinations.http.call import Request as Request
from _pollinations.http.call import Response as Response
from _pollinations.http.call import Stream as Stream
from _pollinations.http.client import AsyncClient as AsyncClient
from _pollinations.http.client import Client as Client
from _pollinations.http.errors import *  # noqa: F403 - the names are listed there
from _pollinations.http.retry import Retry as Retry
from _pollinations.http.settings import SizeLimits as SizeLimits
from _pollinations.limits.circuit_breaker import CircuitBreaker as CircuitBreaker
from _pollinations.limits.rate_limiter import RateLimiter as RateLimiter
from _pollinations.media.fallback import image as image
from _pollinations.media.fallback import video as video
from _pollinations.media.images import ImageOptions as ImageOptions
from _pollinations.media.media import Media as Media
from _pollinations.media.speech import SpeechOptions as SpeechOptions
from _pollinations.media.speech import Transcript as Transcript
from _pollinations.media.speech import TranscriptionOptions as TranscriptionOptions
from _pollinations.media.speech import speech as speech
from _pollinations.media.speech import transcription as transcription
from _pollinations.media.videos import VideoOptions as VideoOptions
from _pollinations.models.budget import PollenBudget as PollenBudget
from _pollinations.models.catalog import Catalog as Catalog
from _pollinations.models.cost import cost as cost
from _pollinations.models.cost import cost_of_answer as cost_of_answer
from _pollinations.models.model import Model as Model
from _pollinations.models.model import models as models
from _pollinations.models.prices import Prices as Prices
from _pollinations.models.prices import Units as Units
from _pollinations.models.requirements import Requirements as Requirements
from _pollinations.models.selection import available as available
from _pollinations.models.selection import by_price as by_price
from _pollinations.models.selection import cheapest as cheapest
from _pollinations.models.selection import first_available as first_available
from _pollinations.text import TextAnswer as TextAnswer
from _pollinations.text import TextOptions as TextOptions
from _pollinations.text import text as text
from _pollinations.text import text_stream as text_stream

if not TYPE_CHECKING:  # type checkers take the aliases for the list
    _names = globals().keys() - {"TYPE_CHECKING"}
    __all__ = sorted(name for name in _names if not name.startswith("_"))  # noqa: PLE0605 - a list
