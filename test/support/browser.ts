import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

import { findChromium, HOW_TO_GET_CHROMIUM } from '../../tools/chromium.mjs';
import { ROOT } from './environment.js';

const ARTIFACTS = join(ROOT, 'artifacts', 'browser');

export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly colours?: 'light' | 'dark';
  /** A phone: fingers instead of a mouse. */
  readonly touch?: boolean;
  /** Such as Europe/Berlin. */
  readonly timeZone?: string;
  readonly locale?: string;
}

/** A separate Chromium. It keeps what pages write to the console, so that tests can fail for it. */
export class Chromium {
  /** Errors of all pages: what was thrown, and what the policy of the page forbade. */
  readonly problems: string[] = [];

  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<Chromium> {
    const executablePath = findChromium();
    if (!executablePath) throw new Error(HOW_TO_GET_CHROMIUM);
    // Its sandbox does not run as root, and a container's /dev/shm is small.
    const args = ['--no-sandbox', '--disable-dev-shm-usage'];
    return new Chromium(await chromium.launch({ executablePath, args }));
  }

  /** Opens a URL in a page that shares nothing with others. */
  async open(url: string, view: View = {}): Promise<Page> {
    const { width = 1280, height = 900, colours = 'light', touch = false } = view;
    const { locale = 'en-GB', timeZone = 'UTC' } = view;
    const context = await this.browser.newContext({
      viewport: { width, height },
      colorScheme: colours,
      hasTouch: touch,
      isMobile: touch,
      locale,
      timezoneId: timeZone,
    });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    page.on('pageerror', (error) => this.problems.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      // A request that was refused is an answer, and the page shows it.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        this.problems.push(`${page.url()}: ${message.text()}`);
    });
    await page.goto(url);
    return page;
  }

  async stop(): Promise<void> {
    await this.browser.close();
  }
}

/** What axe finds wrong with a page for those who cannot see it, or use no mouse: a line each. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const run = 'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)';
  const violations: axe.Result[] = await page.evaluate(run);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}

/** Saves a screenshot among the artefacts of the run. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`) });
}
