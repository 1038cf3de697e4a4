"""The few words that the author knows by heart; everything else it learns from the request."""

from collections.abc import Mapping


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


EMPTY = _set("""
a about above after again all also am an and any are as at be because been before being below
between both but by can could did do does doing down during each either else few for from further
get give given had has have having he her here hers him his how i if in into is it its just let
may me might more most must my no nor not of off on once only or other our out over own please
same shall she should so some such tell than that the their them then there these they this those
through to too under until up us use using very was we were what what's when where which while who
whom whose why will with would you your
""")
"""Words that mean nothing alone."""

ALIKE: Mapping[str, str] = {
    word: group[0]
    for group in (
        ("add", "adder", "addition", "sum", "plus", "+"),
        ("multiply", "multiplication", "multiplied", "multiplier", "product", "times", "*", "\xd7"),
        ("subtract", "subtraction", "subtracted", "minus", "difference"),
        ("divide", "division", "divided", "quotient", "/", "\xf7"),
        ("weather", "forecast"),
        ("picture", "image", "photo"),
        ("availability", "available"),
    )
    for word in group
}
"""Words for the same thing, and the one that stands for them."""

VERBS = _set("""
get fetch find search look lookup read list create make add send update delete set run call use
calculate compute convert check retrieve generate book open save write load query plot draw
multiply divide subtract transfer hand show ask
""")
"""What the names of tools begin with, and the names of forms do not."""

DUMB = (VERBS - {"add", "multiply", "divide", "subtract"}) | _set(
    "tool function my the of to by for with from current this no args new"
)
"""Words in the name of a tool that do not tell it from others."""

PLACES = _set("""
city cities location locations place country town address destination origin region state where
""")
PERSONS = _set("name names person people customer user title actor who to")
MAKERS = _set("artist author director writer singer composer publisher creator maker owner band")
"""Names of fields that hold what stands behind `by`."""

MATTERS = _set("""
query question search text input prompt message task topic request q content description
details body note reason
""")
"""Names of fields that hold the whole request."""

SUMMARIES = _set("summary abstract gist synopsis")
"""Names of fields that hold the text in short."""

KEYWORDS = _set("tags keywords labels")
"""Names of lists that hold the words which a text is about."""

COLOURS = _set("""
red orange yellow green blue purple violet pink brown black white grey gray blond blonde
""")

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

SPELLED: Mapping[str, str] = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10",
}  # fmt: skip

NOT_NAMES = _set("""
what who when where which how why is are was were do does did can could will would should the a
an in on at for to from of and or use using create add get find give tell show make write
please extract return answer multiply subtract divide compute calculate book send search hello hi
hey my i i'm it he she they this that we you your our let now then also if question query context
january february march april may june july august september october november december monday
tuesday wednesday thursday friday saturday sunday json schedule plan set call generate output
here's given extract parse using here there yes no once after before while because although today
tomorrow
""")
"""Words that are written with a capital without being a name."""

SYNONYMS: Mapping[str, str] = {
    "age": "years",
    "height": "tall",
    "price": "costs",
    "duration": "minutes",
}
"""Words that stand beside a number when its field is meant."""

ANSWERS = _set("""
answer response reply result summary output final_answer final text message content body data notes
""")
"""Names of fields that hold the answer in words."""

QUOTES = _set("quote quotation evidence excerpt citation")
"""Names of fields that hold a sentence of the context, word for word."""

SAMPLES: Mapping[str, str] = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "email": "someone@example.org",
    "idn-email": "someone@example.org",
    "hostname": "example.org",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.org/",
    "uri-reference": "https://example.org/",
    "iri": "https://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "json-pointer": "/a",
    "regex": ".*",
}
"""A text for each `format` of a JSON schema."""

PHRASES: Mapping[str, str] = {
    "setup": "Why did the {topic} cross the road?",
    "punchline": "To get to the other side, of course: {topic} always do.",
    "title": "About {topic}",
    "reason": "It fits best what was asked about {topic}.",
    "explanation": "It follows from what was said about {topic}.",
    "feedback": "The response speaks of {topic} and keeps to the guidelines.",
    "sentiment": "neutral",
    "currency": "USD",
    "unit": "celsius",
    "language": "English",
}
"""What a field of this name says when the request offers nothing."""
