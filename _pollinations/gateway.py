"""Everything public of the gateway itself, without a framework; both adapters give it away."""

from _pollinations.account import (
    Balance,
    DailyUsage,
    KeyInfo,
    Profile,
    UsageRecord,
    balance,
    daily_usage,
    daily_usage_csv,
    key,
    profile,
    usage,
    usage_csv,
)
from _pollinations.chat.reply import Delta, Reply, Usage
from _pollinations.embeddings import Embeddings, embeddings
from _pollinations.http import errors as _errors
from _pollinations.http.call import Call, Fallback, Request, Response, Stream, Used
from _pollinations.http.client import AsyncClient, Client
from _pollinations.http.errors import *  # noqa: F403 - the names are listed there
from _pollinations.http.retry import Retry
from _pollinations.http.settings import SizeLimits
from _pollinations.limits.budget import PollenBudget
from _pollinations.limits.circuit_breaker import CircuitBreaker
from _pollinations.media.fallback import image, video
from _pollinations.media.media import Media
from _pollinations.media.speech import Transcript, speech, transcription
from _pollinations.models.catalog import Model, audio_models, image_models, models, text_models
from _pollinations.models.cost import Units, cost, cost_of_reply
from _pollinations.models.discovery import Catalog
from _pollinations.models.prices import Prices
from _pollinations.models.requirements import Requirements
from _pollinations.models.selection import (
    available,
    by_price,
    cheapest,
    first_available,
)
from _pollinations.text import TextAnswer, TextOptions, text, text_stream

__all__ = [
    "AsyncClient",
    "Balance",
    "Call",
    "Catalog",
    "CircuitBreaker",
    "Client",
    "DailyUsage",
    "Delta",
    "Embeddings",
    "Fallback",
    "KeyInfo",
    "Media",
    "Model",
    "PollenBudget",
    "Prices",
    "Profile",
    "Reply",
    "Request",
    "Requirements",
    "Response",
    "Retry",
    "SizeLimits",
    "Stream",
    "TextAnswer",
    "TextOptions",
    "Transcript",
    "Units",
    "Usage",
    "UsageRecord",
    "Used",
    "audio_models",
    "available",
    "balance",
    "by_price",
    "cheapest",
    "cost",
    "cost_of_reply",
    "daily_usage",
    "daily_usage_csv",
    "embeddings",
    "first_available",
    "image",
    "image_models",
    "key",
    "models",
    "profile",
    "speech",
    "text",
    "text_models",
    "text_stream",
    "transcription",
    "usage",
    "usage_csv",
    "video",
]
__all__ += _errors.__all__
