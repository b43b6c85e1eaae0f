import { existsSync } from 'node:fs';

/** Where Debian, Ubuntu and others put it. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const HOW_TO_GET_CHROMIUM =
  'It needs a Chromium: "apt-get install chromium", or its path in CHROMIUM.';

/** @returns the path of a Chromium on this machine, CHROMIUM first; undefined when there is none */
export function findChromium() {
  return [process.env.CHROMIUM ?? '', ...PLACES].find((path) => path !== '' && existsSync(path));
}
