/**
 * The URL of a list's next page. Only the query of `Link: <…>; rel="next"` is used: behind a proxy the gateway does not
 * know its own URL, and the key must not be sent anywhere else.
 * @param requestedUrl the URL of this page
 * @returns undefined for the last page
 */
export function nextPageUrl(response: Response, requestedUrl: string): string | undefined {
  const link = /<([^<>]+)>; rel="next"/.exec(response.headers.get('Link') ?? '')?.[1];
  if (link === undefined) return undefined;
  const next = new URL(requestedUrl);
  next.search = new URL(link, requestedUrl).search;
  return next.href;
}
