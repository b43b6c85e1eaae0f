"""Uses InfluxDB's client for InfluxDB 2, as its users and Home Assistant do. Prints what it saw as JSON.

Arguments: the port of the gateway, and a token.
"""

import json
import sys
from datetime import datetime, timezone

from influxdb_client import InfluxDBClient, Point, WritePrecision
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException

port, token = sys.argv[1:]
TIME = datetime(2026, 1, 30, 14, tzinfo=timezone.utc)


def attempt(call):
    """The result of a call, or the status and body of the refusal."""
    try:
        return call()
    except ApiException as error:
        return {"code": error.status, "content": error.body}


def point(sensor_id):
    return Point("sensor_predictions").tag("sensor_id", sensor_id).tag("zone", "hall 1")


with InfluxDBClient(f"http://127.0.0.1:{port}", token, org="any") as client:
    write_api = client.write_api(write_options=SYNCHRONOUS)
    write = lambda record, **more: attempt(lambda: write_api.write("halls", record=record, **more))
    print(
        json.dumps(
            {
                "ping": client.ping(),
                "version": client.version(),
                "ready": client.ready().status,
                "health": client.health().status,
                # Home Assistant checks a connection with this one.
                "empty": write(b""),
                "now": write(point("py2_now").field("value", 21.5)),
                "precisions": [
                    write(point(f"py2_{unit}").field("value", 1.5).time(TIME, unit), write_precision=unit)
                    for unit in (WritePrecision.NS, WritePrecision.US, WritePrecision.MS, WritePrecision.S)
                ],
                "text": write([point("py2_text").field("value", "hot"), point("py2_good").field("value", 1.5)]),
            }
        )
    )
