"""Uses InfluxDB's client for InfluxDB 1, as its users and Home Assistant do. Prints what it saw as JSON.

Arguments: the port of the gateway, and the key if there is one.
"""

import json
import sys
from datetime import datetime, timezone

from influxdb import InfluxDBClient
from influxdb.exceptions import InfluxDBClientError

port, *password = sys.argv[1:]
client = InfluxDBClient("127.0.0.1", int(port), "python", *password, database="halls", retries=1)


def attempt(call):
    """The result of a call, or the status and message of the refusal."""
    try:
        return call()
    except InfluxDBClientError as error:
        return {"code": error.code, "content": error.content}


def point(sensor_id, time=None, **fields):
    tags = {"sensor_id": sensor_id, "zone": "hall 1"}
    return {"measurement": "sensor_predictions", "tags": tags, "fields": fields, **({"time": time} if time else {})}


TIME = datetime(2026, 1, 30, 14, tzinfo=timezone.utc)
PRECISIONS = (None, "n", "u", "ms", "s", "m", "h")

print(
    json.dumps(
        {
            "ping": client.ping(),
            "databases": attempt(client.get_list_database),
            "created": attempt(lambda: client.create_database("halls")),
            "policies": attempt(client.get_list_retention_policies),
            "measurements": attempt(client.get_list_measurements),
            # Home Assistant checks a connection with these two.
            "empty": attempt(lambda: client.write_points([])),
            "statement": attempt(lambda: list(client.query("SHOW DATABASES;").get_points())),
            "now": attempt(lambda: client.write_points([point("py1_now", value=21.5)])),
            "precisions": [
                attempt(
                    lambda precision=precision: client.write_points(
                        [point(f"py1_{precision}", TIME, value=1.5)], time_precision=precision
                    )
                )
                for precision in PRECISIONS
            ],
            "gzip": attempt(
                lambda: InfluxDBClient(
                    "127.0.0.1", int(port), "python", *password, database="halls", gzip=True
                ).write_points([point("py1_gzip", value=2, latency_ms=3.5)])
            ),
            "select": attempt(lambda: list(client.query("SELECT * FROM sensor_predictions"))),
            "text": attempt(lambda: client.write_points([point("py1_text", value="hot"), point("py1_good", value=1.5)])),
        }
    )
)
