import { EXAMPLE, lines, quote, type Target } from './target.js';

/**
 * Sends a reading every 10 s. Without a timestamp, because most boards do not know the time; the Idempotency-Key makes a
 * repeated reading count once.
 */
export function microPython({ url, needsKey }: Target): string {
  return lines(
    'import binascii',
    'import os',
    'import time',
    '',
    'import network',
    'import requests  # in older versions: import urequests as requests',
    '',
    `URL = ${quote(`${url}/api/ingest`)}`,
    needsKey ? 'KEY = "PASTE THE KEY OF THE DEVICE HERE"' : undefined,
    '',
    'wifi = network.WLAN(network.STA_IF)',
    'wifi.active(True)',
    'wifi.connect("NETWORK", "PASSWORD")',
    '',
    '',
    'def measure():',
    '    return 42.5  # what the sensor measured',
    '',
    '',
    'def send(value):',
    `    reading = {"sensorId": "${EXAMPLE.sensorId}", "zone": "${EXAMPLE.zone}", "value": value, "latencyMs": 0}`,
    '    # The gateway counts a reading once, however often it gets it under the same key.',
    '    headers = {"Idempotency-Key": binascii.hexlify(os.urandom(16)).decode()}',
    needsKey ? '    headers["X-API-Key"] = KEY' : undefined,
    '    wait = 1',
    '    while True:',
    '        try:',
    '            answer = requests.post(URL, json=reading, headers=headers, timeout=10)',
    '            status = answer.status_code',
    '            print(status, answer.text)',
    '            answer.close()',
    '            if status < 500 and status not in (408, 429):',
    '                return  # it is accepted, or refused: sending it again changes nothing',
    '        except (OSError, ValueError) as error:',
    '            print("no answer:", error)',
    '        time.sleep(wait)',
    '        wait = min(2 * wait, 60)',
    '',
    '',
    'while not wifi.isconnected():',
    '    time.sleep(1)',
    'while True:',
    '    send(measure())',
    '    time.sleep(10)',
  );
}
