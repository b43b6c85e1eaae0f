import { EXAMPLE, lines, quote, type Target } from './target.js';

/** A sketch for the ESP32 that sends a reading every 10 s; the Idempotency-Key makes a repeated reading count once. */
export function arduino({ url, needsKey }: Target): string {
  const isSecure = url.startsWith('https:');
  const reading = `{"sensorId":"${EXAMPLE.sensorId}","zone":"${EXAMPLE.zone}","value":%.2f,"latencyMs":0}`;
  return lines(
    '#include <HTTPClient.h>',
    '#include <WiFi.h>',
    isSecure ? '#include <WiFiClientSecure.h>' : undefined,
    '',
    `const char* GATEWAY = ${quote(`${url}/api/ingest`)};`,
    needsKey ? 'const char* KEY = "PASTE THE KEY OF THE DEVICE HERE";' : undefined,
    isSecure
      ? 'const char* CA = "PASTE THE CERTIFICATE OF THE AUTHORITY HERE, WITH \\n AFTER EACH LINE";'
      : undefined,
    '',
    'float measure() {',
    '  return 42.5;  // what the sensor measured',
    '}',
    '',
    'void sendReading(float value) {',
    '  char reading[160], id[40];',
    `  snprintf(reading, sizeof reading, ${quote(reading)}, value);`,
    '  // The gateway counts a reading once, however often it gets it under the same key.',
    '  snprintf(id, sizeof id, "%08lx%08lx%08lx", (unsigned long)esp_random(), (unsigned long)esp_random(),',
    '           (unsigned long)esp_random());',
    '  unsigned long wait = 1000;',
    '  while (true) {',
    isSecure ? '    WiFiClientSecure client;\n    client.setCACert(CA);' : undefined,
    '    HTTPClient http;',
    isSecure ? '    http.begin(client, GATEWAY);' : '    http.begin(GATEWAY);',
    '    http.addHeader("Content-Type", "application/json");',
    '    http.addHeader("Idempotency-Key", id);',
    needsKey ? '    http.addHeader("X-API-Key", KEY);' : undefined,
    '    int status = http.POST(reading);',
    '    if (status > 0) Serial.printf("%d %s\\n", status, http.getString().c_str());',
    '    else Serial.println("no answer");',
    '    http.end();',
    '    // It is accepted, or refused: sending it again changes nothing.',
    '    if (status > 0 && status < 500 && status != 408 && status != 429) return;',
    '    delay(wait);',
    '    if (wait < 60000) wait *= 2;',
    '  }',
    '}',
    '',
    'void setup() {',
    '  Serial.begin(115200);',
    '  WiFi.begin("NETWORK", "PASSWORD");',
    '  while (WiFi.status() != WL_CONNECTED) delay(100);',
    '}',
    '',
    'void loop() {',
    '  sendReading(measure());',
    '  delay(10000);',
    '}',
  );
}
