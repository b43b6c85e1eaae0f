/** The same wait is mentioned again after this time. */
const REPEAT_MS = 60_000;

/** Says at once, and then now and then, that the command waits for the gateway, and why. */
export class WaitNotice {
  /** Why the command waits; empty while it does not. */
  reason = '';
  private nextMs = 0;

  constructor(
    private readonly page: string,
    private readonly say: (line: string) => void,
  ) {}

  /** For GatewayClient: called before each wait. */
  readonly onWait = (reason: string, status?: number): void => {
    const nowMs = performance.now();
    const isNew = this.reason === '';
    this.reason = reason;
    if (!isNew && nowMs < this.nextMs) return;
    this.nextMs = nowMs + REPEAT_MS;
    const what = status === undefined ? 'does not respond' : `answers ${status}`;
    this.say(`${this.page} ${what}: ${reason}. Trying again …`);
  };

  /** To be called when the gateway has answered. */
  end(): void {
    if (this.reason !== '') this.say('Goes on: the gateway responds again');
    this.reason = '';
  }
}
