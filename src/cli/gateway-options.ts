import { Option } from 'commander';

/** The URL of a running gateway, and the key for it. */
export interface GatewayOptions {
  readonly url: string;
  readonly key?: string;
}

/** --url, of the commands that talk to a running gateway. */
export function urlOption(): Option {
  return new Option('--url <url>', 'the URL of the gateway').default('http://127.0.0.1:8000');
}

/** --key, likewise. Other users of the machine can see a command line, but not an environment variable. */
export function keyOption(): Option {
  return new Option('--key <key>', 'the key, if the gateway requires one').env('PREDICTIONX_KEY');
}
