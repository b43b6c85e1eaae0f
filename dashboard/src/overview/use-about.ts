import { useQuery } from '@tanstack/react-query';

import { GATEWAY_URL, request } from '../api/client.js';

/** How others reach the gateway. */
interface About {
  /** Whether only programs on the gateway's own machine reach it. */
  readonly isLoopbackOnly: boolean;
  /** URLs of the gateway, one for each address that it listens on. */
  readonly urls: readonly string[];
}

/** How devices reach the gateway; undefined while that is not known. */
export function useAbout(): About | undefined {
  const { data } = useQuery({
    queryKey: ['about'],
    retry: false,
    queryFn: async ({ signal }) =>
      aboutFrom(await (await request(`${GATEWAY_URL}/api/about`, { signal })).json()),
  });
  return data;
}

function aboutFrom(body: unknown): About {
  const { isLoopbackOnly, urls } = Object(body) as Readonly<Record<string, unknown>>;
  const texts = Array.isArray(urls) ? urls.filter((url) => typeof url === 'string') : [];
  return { isLoopbackOnly: isLoopbackOnly === true, urls: texts.filter((url) => URL.canParse(url)) };
}

/** Whether a URL means the machine itself, and so is of no use on another one. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** The URL by which devices reach the gateway, without a slash at its end; this page's own when there is no better one. */
export function urlForDevices(about: About | undefined): string {
  if (!isLoopback(GATEWAY_URL)) return GATEWAY_URL;
  const url = about?.urls.find((one) => !isLoopback(one)) ?? GATEWAY_URL;
  return url.endsWith('/') ? url.slice(0, -1) : url;
}
