#!/usr/bin/env node
import { runInstalled } from '../run-installed.js';

/** As of a command that could not be run; the gateway itself ends with 1. */
const CODE = process.argv[2] === 'start' ? 1 : 2;

await runInstalled(() => import('./commands.js'), CODE);
