import { until } from '../../support/environment.js';
import { Gateway } from '../../support/gateway.js';
import { RawStream } from '../../support/raw-stream.js';
import { deleteReadings } from '../deletion.contract.js';

/** More sensors than the system's buffers take in one snapshot. */
const SENSORS = 20_000;
const FILLER = 'x'.repeat(100);

describe('the stream of a gateway with many deletions', () => {
  it('lets clients get the newest readings to the end, and rest before they start over', async () => {
    const gateway = await Gateway.start();
    const reading = (sensor: number, timestamp: number): object => ({
      ...{ sensorId: `${FILLER} ${sensor}`, zone: 'z', value: timestamp, latencyMs: 1, timestamp },
    });
    const send = async (...readings: object[]): Promise<void> => {
      expect((await gateway.post('/api/ingest/batch', readings)).status).toBe(200);
    };
    const now = Date.now();
    for (let first = 0; first < SENSORS; first += 1_000)
      await send(...Array.from({ length: 1_000 }, (_, index) => reading(first + index, now)));
    await send(...Array.from({ length: 20 }, (_, sensor) => reading(sensor, now + 1)));
    await gateway.settled();

    const few = `?type=reading&sensorId=${Array.from({ length: 20 }, (_, sensor) => `${FILLER} ${sensor}`).join()}`;
    const [fast, leaving] = [await RawStream.open(gateway, few), await RawStream.open(gateway, few)];
    const slow = await RawStream.open(gateway, '?type=reading', 'unknown');
    slow.response.pause();
    for (let sensor = 0; sensor < 20; sensor += 1) {
      const range = { from: String(now + 1), to: String(now + 2) };
      expect((await deleteReadings(gateway, `${FILLER} ${sensor}`, range)).status).toBe(200);
    }
    const lastedMs = performance.now();
    await until(() => (leaving.values().length >= 20 ? true : undefined), 'the first snapshot');
    leaving.close();
    await send(reading(20, now + 1));
    const back = await RawStream.open(gateway, few, leaving.lastEventId);
    slow.response.resume();

    const isOver = (stream: RawStream, sensors: number) => (): true | undefined =>
      stream.of('reset').length === 2 && afterReset(stream).length >= sensors ? true : undefined;
    await until(isOver(fast, 20), 'the last snapshot', 30_000);
    expect(performance.now() - lastedMs).toBeGreaterThan(5_000);
    await until(isOver(slow, SENSORS), 'the last snapshot of the slow client', 30_000);
    expect(afterReset(fast)).toEqual(Array.from({ length: 20 }, () => now));
    expect(afterReset(slow).filter((value) => value === now + 1)).toHaveLength(1);
    expect(slow.messages[SENSORS + 1]?.event).not.toBe('reset');
    expect(back.messages[0]?.event).toBe('reset');
    for (const stream of [fast, slow, back]) stream.close();
    await gateway.stop();
  }, 90_000);
});

/** The values that a client got after it was last reset. */
function afterReset({ messages }: RawStream): unknown[] {
  const reset = messages.findLastIndex(({ event }) => event === 'reset');
  return messages.slice(reset + 1).map(({ data }) => data.value);
}
