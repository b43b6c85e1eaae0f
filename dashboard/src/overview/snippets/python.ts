import { EXAMPLE, lines, quote, type Target } from './target.js';

/** Sends a reading every 10 s, with Python's standard library. The timestamp makes a repeated reading count once. */
export function python({ url, needsKey }: Target): string {
  return lines(
    'import http.client',
    'import json',
    needsKey ? 'import os' : undefined,
    'import time',
    'import urllib.error',
    'import urllib.request',
    '',
    `URL = ${quote(`${url}/api/ingest`)}`,
    needsKey
      ? 'HEADERS = {"Content-Type": "application/json", "X-API-Key": os.environ["KEY"]}'
      : 'HEADERS = {"Content-Type": "application/json"}',
    '',
    '',
    'def measure():',
    '    return 42.5  # what the sensor measured',
    '',
    '',
    'def send(value):',
    '    """Sends one reading until the gateway has it. With its timestamp it counts once, however often it is sent."""',
    `    reading = {"sensorId": "${EXAMPLE.sensorId}", "zone": "${EXAMPLE.zone}", "value": value, "latencyMs": 0}`,
    '    reading["timestamp"] = time.time_ns() // 1_000_000',
    '    body = json.dumps(reading).encode()',
    '    wait = 1',
    '    while True:',
    '        try:',
    '            request = urllib.request.Request(URL, body, HEADERS)',
    '            with urllib.request.urlopen(request, timeout=10) as answer:',
    '                print(answer.status, answer.read().decode(), flush=True)',
    '            return',
    '        except urllib.error.HTTPError as error:',
    '            print(error.code, error.read().decode(), flush=True)',
    '            if error.code < 500 and error.code not in (408, 429):',
    '                return  # it is refused: sending it again changes nothing',
    '        except (OSError, http.client.HTTPException) as error:',
    '            print("no answer:", error, flush=True)',
    '        time.sleep(wait)',
    '        wait = min(2 * wait, 60)',
    '',
    '',
    'while True:',
    '    send(measure())',
    '    time.sleep(10)',
  );
}
