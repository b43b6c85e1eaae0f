import { AUTH, type AuthConfig } from './sections/auth.config.js';
import { LOGGING, type LoggingConfig } from './sections/logging.config.js';
import { READINGS, type ReadingsConfig } from './sections/readings.config.js';
import { SERVER, type ServerConfig } from './sections/server.config.js';
import { STORAGE, type StorageConfig } from './sections/storage.config.js';
import { STORE, type StoreConfig } from './sections/store.config.js';
import { TRACING, type TracingConfig } from './sections/tracing.config.js';
import { parseSection, type Variable } from './variable.js';

/** Every environment variable of the gateway; .env.example shows the same. */
export const VARIABLES: readonly Variable<unknown>[] = [
  STORE,
  SERVER,
  AUTH,
  STORAGE,
  READINGS,
  LOGGING,
  TRACING,
].flatMap((section) => Object.values<Variable<unknown>>(section));

/** Everything that can be set from outside, parsed once and grouped by what it is for. */
export class GatewayConfig {
  readonly store: StoreConfig;
  readonly server: ServerConfig;
  readonly auth: AuthConfig;
  readonly storage: StorageConfig;
  readonly readings: ReadingsConfig;
  readonly logging: LoggingConfig;
  readonly tracing: TracingConfig;

  /**
   * @param texts the environment variables that are set; for the others their defaults count
   * @param problems gets one sentence for each wrong variable; the configuration must not be used then
   */
  constructor(texts: Readonly<Record<string, string>> = {}, problems: string[] = []) {
    this.store = parseSection(STORE, texts, problems);
    this.server = parseSection(SERVER, texts, problems);
    this.auth = parseSection(AUTH, texts, problems);
    this.storage = parseSection(STORAGE, texts, problems);
    this.readings = parseSection(READINGS, texts, problems);
    this.logging = parseSection(LOGGING, texts, problems);
    this.tracing = parseSection(TRACING, texts, problems);
  }
}
