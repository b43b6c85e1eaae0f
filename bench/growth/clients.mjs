// Measures how much more clients of the live stream slow down the senders. Each client asks for one zone of ten.
import { printTable, startGateway } from '../gateway.mjs';
import { count, mib, us } from '../process.mjs';
import { postBatches, startClients } from '../stream-load.mjs';

const STEPS = [0, 10, 100, 1_000];
const STEP_MS = 5_000;

export async function growClients({ max = 1_000, say }) {
  const gateway = await startGateway();
  const clients = startClients(gateway.url);
  await postBatches(gateway, STEP_MS);
  const rows = [];
  let alone;
  for (const wanted of STEPS.filter((one) => one <= max)) {
    say(`${count(wanted)} clients`);
    await clients.open(wanted);
    await gateway.settle();
    const idle = gateway.rss();
    const before = gateway.cpuMs();
    const { readings, rate } = await postBatches(gateway, STEP_MS);
    const memory = gateway.rss();
    await gateway.settle();
    const cpuUs = ((gateway.cpuMs() - before) * 1_000) / readings;
    const { messages, resets } = await clients.open(0);
    alone ??= cpuUs;
    const each = messages > 0 ? us(((cpuUs - alone) * readings) / messages) : '';
    rows.push([
      ...[count(wanted), us(cpuUs), count(rate), count(messages / (STEP_MS / 1_000)), each, count(resets)],
      ...[mib(idle), mib(memory)],
    ]);
  }
  printTable(
    [
      ...[
        'clients',
        'CPU for each reading',
        'readings/s',
        'messages/s',
        'CPU more for each message',
        'resets',
      ],
      ...['RSS before', 'RSS after'],
    ],
    rows,
  );
  await clients.stop();
  await gateway.stop();
}
