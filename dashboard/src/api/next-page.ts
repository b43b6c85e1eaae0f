/**
 * Where a list goes on. Of the address in `Link: <…>; rel="next"` the query alone counts: below a path of a proxy the
 * gateway does not know its own address, and the key must go nowhere else.
 * @param asked the address that was answered
 * @returns undefined when that was the last page
 */
export function nextPageUrl(response: Response, asked: string): string | undefined {
  const link = /<([^<>]+)>; rel="next"/.exec(response.headers.get('Link') ?? '')?.[1];
  if (link === undefined) return undefined;
  const next = new URL(asked);
  next.search = new URL(link, asked).search;
  return next.href;
}
