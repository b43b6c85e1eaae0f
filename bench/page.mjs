// Measures how smoothly the page scrolls through thousands of sensors while all of them send, and whether its memory grows.
//   node bench/page.mjs [sensors] [readings a second] [minutes]
// Chromium scrolls up and down without a pause. The page itself counts frames with requestAnimationFrame. An empty page that
// scrolls in the same way shows the maximum of this machine. Memory is the JavaScript heap after a garbage collection, and the
// private memory of the renderer (RssAnon).
import { findChromium, HOW_TO_GET_CHROMIUM } from '../tools/chromium.mjs';
import { openChromium } from './devtools.mjs';
import { median, printTable, quantile, startGateway } from './gateway.mjs';

const SENSORS = Number(process.argv[2] ?? 10_000);
const PER_SECOND = Number(process.argv[3] ?? 2_000);
const MINUTES = Number(process.argv[4] ?? 5);
const TICK_MS = 100;
const SAMPLES = 10;

const executablePath = findChromium();
if (!executablePath) throw new Error(HOW_TO_GET_CHROMIUM);
const gateway = await startGateway();
const browser = openChromium(executablePath, [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--window-size=1440,900',
]);

const reading = (n) => ({
  sensorId: `sensor_${String(n % SENSORS).padStart(5, '0')}`,
  zone: `zone_${String(n % 40).padStart(2, '0')}`,
  value: 50 + 20 * Math.sin(n / 5_000 + (n % SENSORS)),
  latencyMs: 5,
});
for (let n = 0; n < SENSORS; n += 1_000)
  await gateway.post(
    '/api/ingest/batch',
    Array.from({ length: 1_000 }, (_, i) => reading(n + i)),
  );

let sent = 0;
const begunMs = performance.now();
let isSending = true;
const sending = (async () => {
  while (isSending) {
    const due = Math.floor(((performance.now() - begunMs) / 1000) * PER_SECOND) - sent;
    if (due > 0)
      await gateway.post(
        '/api/ingest/batch',
        Array.from({ length: Math.min(due, 1_000) }, () => reading(sent++)),
      );
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
})();

const floor = await framesOf(
  'data:text/html,<body style="height:200000px;background:linear-gradient(red,blue)">',
  10_000,
);
const page = await browser.open(gateway.url);
await page.send('HeapProfiler.enable');
await page.run(async () => {
  while (!document.querySelector('.tile')) await new Promise(requestAnimationFrame);
});
const rows = [];
for (let sample = 0; sample < SAMPLES; sample += 1) {
  const frames = await scroll(page, (MINUTES * 60_000) / SAMPLES);
  await page.send('HeapProfiler.collectGarbage');
  const { usedSize } = await page.send('Runtime.getHeapUsage');
  rows.push({ frames, heap: usedSize / 2 ** 20, renderer: browser.rendererMiB() });
  console.error(
    `${sample + 1}/${SAMPLES}: ${frames.perSecond.toFixed(1)} frames/s, heap ${rows.at(-1).heap.toFixed(1)} MiB`,
  );
}
isSending = false;
await sending;

printTable(
  ['after', 'frames/s', 'slowest frame in 100, ms', 'heap, MiB', 'renderer, MiB'],
  rows.map(({ frames, heap, renderer }, i) => [
    `${(((i + 1) * MINUTES) / SAMPLES).toFixed(1)} min`,
    frames.perSecond.toFixed(1),
    frames.p99.toFixed(0),
    heap.toFixed(1),
    renderer.toFixed(0),
  ]),
);
const rate = (sent / ((performance.now() - begunMs) / 1000)).toFixed(0);
console.log(
  `\n${SENSORS} sensors, ${rate} readings/s; an empty page: ${floor.perSecond.toFixed(1)} frames/s; ` +
    `median ${median(rows.map(({ frames }) => frames.perSecond)).toFixed(1)}, ` +
    `least ${quantile(
      rows.map(({ frames }) => frames.perSecond),
      0,
    ).toFixed(1)}`,
);
await browser.close();
await gateway.stop();

async function framesOf(url, ms) {
  const empty = await browser.open(url);
  const frames = await scroll(empty, ms);
  await empty.close();
  return frames;
}

/** Scrolls up and down. @param ms how long @returns the frames that the page counted */
function scroll(page, ms) {
  return page.run(
    (duration) =>
      new Promise((resolve) => {
        const begun = performance.now();
        const tookMs = [];
        let before = begun;
        let step = 40;
        const frame = (now) => {
          tookMs.push(now - before);
          before = now;
          if (window.scrollY + window.innerHeight >= document.body.scrollHeight - 50) step = -40;
          if (window.scrollY <= 0) step = 40;
          window.scrollBy(0, step);
          if (now - begun < duration) return void requestAnimationFrame(frame);
          tookMs.sort((a, b) => a - b);
          resolve({
            perSecond: (tookMs.length * 1000) / (now - begun),
            p99: tookMs[Math.floor(tookMs.length * 0.99)],
          });
        };
        requestAnimationFrame(frame);
      }),
    ms,
  );
}
