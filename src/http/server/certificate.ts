import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

import { Logger } from '@nestjs/common';

import { explainReadError } from '../../common/errors/explain-access.js';
import { StartError } from '../../common/errors/start-error.js';

/** How often the files are checked for changes. */
const POLL_INTERVAL_MS = 2_000;

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** The certificate for HTTPS and its key: PEM files that may be replaced while the gateway runs. */
export class Certificate {
  private readonly logger = new Logger(Certificate.name);
  private timer: NodeJS.Timeout | undefined;
  /** What was wrong at the last check. */
  private problem: string | undefined;

  private constructor(
    private readonly certFile: string,
    private readonly keyFile: string,
    private current: Pair,
  ) {}

  /** @throws StartError when a file cannot be read, or the files are not a certificate and its key */
  static read(certFile: string, keyFile: string): Certificate {
    try {
      return new Certificate(certFile, keyFile, readPair(certFile, keyFile));
    } catch (error) {
      throw new StartError(
        `TLS_CERT ${certFile} and TLS_KEY ${keyFile} must be a certificate and its key, in PEM: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }

  get pair(): Pair {
    return this.current;
  }

  /**
   * Calls `onChange` with each new pair. It polls the files, because a mounted secret is replaced by changing links, and the
   * file system reports no event for that. While the two files do not match, the old pair stays in use.
   */
  follow(onChange: (pair: Pair) => void): void {
    this.timer = setInterval(() => {
      try {
        const pair = readPair(this.certFile, this.keyFile);
        this.problem = undefined;
        if (pair.cert === this.current.cert && pair.key === this.current.key) return;
        onChange(pair);
        this.current = pair;
        this.logger.log(`The certificate in ${this.certFile} has changed; the new one is in use`);
      } catch (error) {
        this.reportProblem((error as Error).message);
      }
    }, POLL_INTERVAL_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private reportProblem(problem: string): void {
    if (problem !== this.problem)
      this.logger.error(
        `The certificate in ${this.certFile} cannot be used, the old one stays in use: ${problem}`,
      );
    this.problem = problem;
  }
}

/** @throws Error unless the files hold a certificate and its key */
function readPair(certFile: string, keyFile: string): Pair {
  const pair = { cert: readText(certFile), key: readText(keyFile) };
  createSecureContext(pair);
  return pair;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(explainReadError(file, error), { cause: error });
  }
}
