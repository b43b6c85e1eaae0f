import { existsSync } from 'node:fs';

/** The paths on Debian, Ubuntu and other systems. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const HOW_TO_GET_CHROMIUM =
  'It needs Chromium: run "apt-get install chromium", or set CHROMIUM to its path.';

/** @returns the path of Chromium: CHROMIUM, or the first that is found; undefined when there is none */
export function findChromium() {
  return [process.env.CHROMIUM ?? '', ...PLACES].find((path) => path !== '' && existsSync(path));
}
