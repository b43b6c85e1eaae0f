import { COMPARED_DURATIONS, TIMER_DURATIONS } from '../support/duration-variables.js';
import { Gateway } from '../support/gateway.js';

const all = (names: readonly string[], value: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, value]));

describe('durations beyond what timers can do', () => {
  it('stop the start, with one line for each variable', async () => {
    const gateway = Gateway.launch(all(TIMER_DURATIONS, '25d'));
    expect((await gateway.exit()).code).toBe(1);
    for (const name of TIMER_DURATIONS)
      expect(gateway.output).toMatch(
        new RegExp(`${name} must be a duration [^\\n]*, from \\w+ to 24d, got \\\\?"25d`),
      );
  });

  it('are possible where nothing waits for their end', async () => {
    const gateway = await Gateway.start({
      ...all(TIMER_DURATIONS, '24d'),
      ...all(COMPARED_DURATIONS, '10000000w'),
    });
    const stream = await gateway.get('/api/stream');
    const reading = {
      sensorId: 'pump',
      zone: 'hall',
      value: 1,
      latencyMs: 1,
      timestamp: Date.now() + 60_000,
    };
    expect((await gateway.post('/api/ingest', reading)).status).toBe(201);
    await gateway.settled();
    expect(await gateway.json('/api/latest/pump')).toMatchObject({ found: true });
    expect(await gateway.json('/api/readings/pump?to=2100-01-01T00:00:00Z&from=-1h')).toHaveLength(1);
    const text = await beginning(stream, 300);
    expect(text.split('\n\n').length).toBeLessThan(10);
    await gateway.stop('SIGKILL');
    expect(gateway.output).not.toMatch(/TimeoutOverflow|"level":(40|50|60)(?!.*LATEST_REFRESH)/);
    expect(gateway.output).toMatch(/LATEST_REFRESH 24d has no effect: readings go to the embedded store/);
  });
});

/** What a stream sends within a time. */
async function beginning(response: Response, ms: number): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  const ended = setTimeout(() => void reader.cancel(), ms);
  for (let part = await reader.read(); !part.done; part = await reader.read())
    text += decoder.decode(part.value);
  clearTimeout(ended);
  return text;
}
