import { Option } from 'commander';

/** Where a running gateway is, and what opens it. */
export interface GatewayOptions {
  readonly url: string;
  readonly key?: string;
}

/** --url, of the commands that talk to a running gateway. */
export function urlOption(): Option {
  return new Option('--url <url>', 'where the gateway listens').default('http://127.0.0.1:8000');
}

/** --key, likewise. On a command line others of this machine can see it; a variable is for oneself. */
export function keyOption(): Option {
  return new Option('--key <key>', 'the key to send, where the gateway wants one').env('PREDICTIONX_KEY');
}
