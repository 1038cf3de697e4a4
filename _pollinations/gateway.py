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
from _pollinations.answer import Delta, Reply, Usage
from _pollinations.budget import Budget
from _pollinations.call import Call, Request, Response, Stream, Used
from _pollinations.catalog import Model, audio_models, image_models, models, text_models
from _pollinations.choosing import Wishes, available, by_price, cheapest, first_available
from _pollinations.client import AsyncClient, Client
from _pollinations.client_catalog import Catalog
from _pollinations.cost import Units, cost, cost_of_reply
from _pollinations.embeddings import Embeddings, embeddings
from _pollinations.health import Health
from _pollinations.making import film, picture
from _pollinations.media import Media
from _pollinations.pictures import image
from _pollinations.prices import Prices
from _pollinations.retry import Retry
from _pollinations.speech import Transcript, speech, transcription
from _pollinations.text import TextAnswer, TextOptions, text, text_stream
from _pollinations.videos import video

__all__ = [
    "AsyncClient",
    "Balance",
    "Budget",
    "Call",
    "Catalog",
    "Client",
    "DailyUsage",
    "Delta",
    "Embeddings",
    "Health",
    "KeyInfo",
    "Media",
    "Model",
    "Prices",
    "Profile",
    "Reply",
    "Request",
    "Response",
    "Retry",
    "Stream",
    "TextAnswer",
    "TextOptions",
    "Transcript",
    "Units",
    "Usage",
    "UsageRecord",
    "Used",
    "Wishes",
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
    "film",
    "first_available",
    "image",
    "image_models",
    "key",
    "models",
    "picture",
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
