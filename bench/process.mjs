// The CPU time and memory of a process, from Linux.
import { readFileSync, writeFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second, at any frequency of its timer. */
const TICK_MS = 10;

/** The CPU time of a process and all its threads, in ms. */
export function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** The memory of a process in RAM, in bytes. */
export const rss = (pid) => field(pid, 'VmRSS');

/** The maximum of this memory since the start of the process, or since forgetPeak(), in bytes. */
export const peakRss = (pid) => field(pid, 'VmHWM');

export function forgetPeak(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until a process uses at most a tenth of one core for `momentMs`; at most `timeoutMs`. */
export async function rest(pid, { momentMs = 400, timeoutMs = 120_000 } = {}) {
  const end = performance.now() + timeoutMs;
  for (let before = cpuMs(pid); performance.now() < end; before = cpuMs(pid)) {
    await pause(momentMs);
    if (cpuMs(pid) - before <= momentMs / 10) return;
  }
}

export const mib = (bytes) => `${Math.round(bytes / (1 << 20)).toLocaleString('en')} MiB`;
export const ms = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')} ms`;
export const us = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')} µs`;
export const count = (value) => Math.round(value).toLocaleString('en');

function field(pid, name) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
}
