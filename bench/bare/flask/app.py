"""The design that the gateway replaces: a backend with one synchronous write to InfluxDB for each POST."""

import os
from datetime import datetime, timezone

from flask import Flask, jsonify, request
from influxdb_client import InfluxDBClient, Point, WritePrecision
from influxdb_client.client.write_api import SYNCHRONOUS
from pydantic import BaseModel, ConfigDict, Field, ValidationError

BUCKET = os.environ["INFLUXDB_BUCKET"]
ORG = os.environ["INFLUXDB_ORG"]

app = Flask(__name__)
client = InfluxDBClient(url=os.environ["INFLUXDB_URL"], token=os.environ["INFLUXDB_TOKEN"], org=ORG)
writer = client.write_api(write_options=SYNCHRONOUS)


class Reading(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)
    sensorId: str = Field(min_length=1)
    zone: str = Field(min_length=1)
    value: float
    latencyMs: float = Field(ge=0)


@app.post("/api/ingest")
def ingest():
    try:
        reading = Reading.model_validate(request.get_json(force=True, silent=True))
    except ValidationError as error:
        return jsonify(success=False, error="Validation error", detail=str(error)), 400
    now = datetime.now(timezone.utc)
    point = (
        Point("sensor_predictions")
        .tag("sensor_id", reading.sensorId)
        .tag("zone", reading.zone)
        .field("value", reading.value)
        .field("latency_ms", reading.latencyMs)
        .time(now, WritePrecision.US)
    )
    writer.write(bucket=BUCKET, org=ORG, record=point)
    return jsonify(success=True, message="Data ingested", sensorId=reading.sensorId, timestamp=now.isoformat()), 201
