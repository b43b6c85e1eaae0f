"""What Schemathesis needs to know of the gateway beyond its description.

How texts are made that JSON Schema has no words for, and which refusals come from what a schema cannot say.
"""

import json
import re

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.jsonschema import make_validator
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import RejectedPositiveData

# A schema's date-time allows times from year 1 on, more than the gateway's microseconds can express.
SECONDS = st.integers(min_value=-8_900_000_000, max_value=8_900_000_000)
FRACTION = st.one_of(st.just(""), st.integers(0, 999_999).map(lambda micros: f".{micros:06}"))


def rfc3339(seconds, fraction):
    """By the algorithm civil_from_days, which knows years that datetime's clock does not."""
    days, rest = divmod(seconds, 86_400)
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_index = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month_index + 2) // 5 + 1
    month = month_index + 3 if month_index < 10 else month_index - 9
    year = year_of_era + era * 400 + (1 if month <= 2 else 0)
    time = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{year:04}-{month:02}-{day:02}T{time}{fraction}Z"


schemathesis.openapi.format("date-time", st.builds(rfc3339, SECONDS, FRACTION))


def line(sensor_id, zone, value, stamp):
    """A reading in InfluxDB's line protocol."""
    sensor_id, zone = (re.sub("([, =])", r"\\\1", name) for name in (sensor_id, zone))
    return f"sensor_predictions,sensor_id={sensor_id},zone={zone} value={value!r}{stamp}"


NAME = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="\\"), min_size=1, max_size=40
)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
STAMP = st.one_of(st.just(""), st.integers(-9_000_000_000, 9_000_000_000).map(lambda count: f" {count}"))
schemathesis.openapi.format(
    "line-protocol", st.lists(st.builds(line, NAME, NAME, NUMBER, STAMP), max_size=5).map("\n".join)
)


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context, value):
    """One record per line; anything but a list of records is one line."""
    records = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


@schemathesis.serializer("text/plain")
def text(_context, value):
    """Line protocol is text already; what devices send as text is JSON."""
    return (value if isinstance(value, str) else json.dumps(value)).encode(errors="surrogatepass")


# A schema says what each field may be, but not which fields go together, nor what depends on earlier requests.
UNSAYABLE = re.compile(
    "|".join(
        (
            # two bounds, each valid by itself
            "from must not be after to",
            "points must not be given together with every",
            # a deletion names its range, or says that it means everything
            "to must be after from, because",
            "must not be given together with all=true",
            "is missing: a deletion needs both",
            "points must be at least 2 when the range contains",
            "tz must be given with every",
            "zone must not be given with buckets",
            # only files are of all sensors
            "sensorId is missing; name",
            "limit must be given together with sensorId",
            # which names of time zones there are
            "tz must be the name of a time zone",
            "every must be so long that at most",
            "limit is too small: sensor",
            # cursors come from the gateway, and belong to one collection
            "cursor must be a cursor from a Link header",
            "cursor must not be given with buckets",
            # the sensor that a rule is tried on may be named in two places
            "sensorId must be (?:given, because|the one that the rule names)",
            # the id of a rule is in its URL, too
            "id must be the one in the URL",
            # a timestamp depends on its precision
            "the timestamp must be within the years",
            "since the Unix epoch(?: as a string of digits)?, got \"?-?\\d",
            # how much a trial may read
            "from and to must be closer together",
            # only device keys are limited to sensors or zones
            "only for the role device",
            # the table of invisible characters
            "without invisible characters",
            # InfluxQL is a language of its own
            "error parsing query",
            "missing required parameter",
            # a list that is repeated and has commas, too
            "identifiers with commas between them.* of them$",
        )
    )
)


def reason_of(answer):
    """An error's sentence, in the format of the gateway or of InfluxDB; of a batch, that of its first bad record."""
    errors = answer.get("errors") or [{}]
    return answer.get("detail", answer.get("message", answer.get("error", errors[0].get("message", ""))))


@schemathesis.hook
def filter_failure(_context, failure, case, response):
    """Drops only failures that no schema can describe."""
    if isinstance(failure, RejectedPositiveData):
        answer = response.json()
        # Line protocol whose points are refused gets 422.
        if response.status_code in (400, 422) and UNSAYABLE.search(reason_of(answer)):
            return False
        # A key is for one request, and the generator repeats keys.
        if answer.get("code") == "IDEMPOTENCY_KEY_REUSED":
            return False
        # Examples combine those of single fields, whether or not these go together.
        return not (case.meta.phase.name == TestPhase.EXAMPLES and not is_valid(case))
    if isinstance(failure, AcceptedNegativeData) and case.operation.path == "/api/ingest/batch":
        # The good records of a batch are accepted; the bad ones must be named.
        return response.json().get("refused", 0) == 0
    if isinstance(failure, AcceptedNegativeData) and case.operation.path in ("/api/v2/write", "/write"):
        # An empty body is valid line protocol.
        return bool(case.body) and isinstance(case.body, str) and case.body.strip() != ""
    return True


def is_valid(case):
    body = case.operation.get_body_for_media_type(case.media_type)
    if body is None:
        return True
    return make_validator(body.optimized_schema, case.operation.schema.adapter.jsonschema_validator_cls).is_valid(case.body)
