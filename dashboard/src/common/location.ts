import { useSyncExternalStore } from 'react';

/**
 * Where the page is, from the fragment of its address: `#/sensors/pump_1?range=6h`. The fragment never reaches the
 * gateway, so every view has a link of its own and no path of the HTTP interface is taken.
 */
export interface PageLocation {
  /** The path's parts, decoded: ['sensors', 'pump_1']. Empty for the overview. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

type Query = Readonly<Record<string, string | undefined>>;

/** @returns a link to a view; what is undefined or empty in the query is left out */
export function linkTo(path: readonly string[], query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value);
  const text = search.toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text && `?${text}`}`;
}

/** Goes to a view. @param replace leaves no step to go back to, as when a filter is typed */
export function navigate(path: readonly string[], query: Query = {}, replace = false): void {
  const link = linkTo(path, query);
  if (link === location.hash) return;
  if (!replace) {
    location.hash = link;
    return;
  }
  history.replaceState(null, '', link);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

/** Goes back to where this page was before; from where it was opened, to the view without what narrows it. */
export function goBack(): void {
  // Older browsers do not tell.
  if (!('navigation' in window) || window.navigation.canGoBack) history.back();
  else navigate(parse(location.hash).path);
}

/** Where the page is now; renders anew when that changes. */
export function useLocation(): PageLocation {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return parse(hash);
}

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => {
    window.removeEventListener('hashchange', changed);
  };
}

function parse(hash: string): PageLocation {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  return { path: path.split('/').filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
