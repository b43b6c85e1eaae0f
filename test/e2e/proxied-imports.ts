import { run } from '../support/child.js';
import { emptyFolder } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Proxy } from '../support/proxy.js';
import { importCommand } from './import.contract.js';

/** A gateway behind a proxy, and the command that imports through it, while the tests of this file run. */
export class ProxiedImports {
  /** Where imports keep their progress: a new folder for each test. */
  state: Record<string, string> = {};
  private running: { readonly gateway: Gateway; readonly proxy: Proxy } | undefined;

  constructor() {
    beforeAll(async () => {
      const gateway = await Gateway.start();
      this.running = { gateway, proxy: await Proxy.start(() => gateway.url) };
    });
    beforeEach(() => {
      this.proxy.reset();
      this.state = { XDG_STATE_HOME: emptyFolder() };
    });
    afterAll(async () => {
      await this.proxy.stop();
      await this.gateway.stop();
    });
  }

  get gateway(): Gateway {
    return this.parts.gateway;
  }

  get proxy(): Proxy {
    return this.parts.proxy;
  }

  readonly send = (file: string, ...options: string[]): Promise<{ code: number | null; output: string }> =>
    run('node', importCommand(this.proxy, file, ...options), this.state);

  private get parts(): { readonly gateway: Gateway; readonly proxy: Proxy } {
    if (!this.running) throw new Error('Only tests and hooks may use the gateway and the proxy');
    return this.running;
  }
}
