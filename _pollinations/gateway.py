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
from _pollinations.call import Call, Request, Response, Stream
from _pollinations.catalog import Model, audio_models, image_models, models, text_models
from _pollinations.choosing import Wishes, available, by_price, cheapest, first_available
from _pollinations.client import AsyncClient, Client
from _pollinations.client_catalog import Catalog
from _pollinations.cost import Units, cost, cost_of_reply
from _pollinations.media import Media
from _pollinations.prices import Prices
from _pollinations.retry import Retry
from _pollinations.text import TextAnswer, TextOptions, text, text_stream

__all__ = [
    "AsyncClient",
    "Balance",
    "Call",
    "Catalog",
    "Client",
    "DailyUsage",
    "Delta",
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
    "Units",
    "Usage",
    "UsageRecord",
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
    "first_available",
    "image_models",
    "key",
    "models",
    "profile",
    "text",
    "text_models",
    "text_stream",
    "usage",
    "usage_csv",
]
