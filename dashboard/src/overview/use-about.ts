import { useQuery } from '@tanstack/react-query';

import { api, dataOf, GATEWAY_URL } from '../api/client.js';
import type { Schemas } from '../api/schemas.js';

type About = Schemas['ReachabilityDto'];

/** How devices reach the gateway; undefined while that is not known. */
export function useAbout(): About | undefined {
  const { data } = useQuery({
    queryKey: ['about'],
    retry: false,
    queryFn: ({ signal }) => dataOf(api.GET('/api/about', { signal })),
  });
  return data;
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
