import { useSyncExternalStore } from 'react';

/**
 * The view that the URL's fragment names: `#/sensors/pump_1?range=6h`. Browsers do not send the fragment, so every view
 * has its own link and no view takes a path of the HTTP interface.
 */
export interface PageLocation {
  /** The decoded segments of the path: ['sensors', 'pump_1']. Empty for the overview. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** @returns a link to a view, without the undefined and empty parameters of the query; an array repeats its parameter */
export function linkTo(path: readonly string[], query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, values = []] of Object.entries(query))
    for (const value of typeof values === 'string' ? [values] : values) if (value) search.append(name, value);
  const text = search.toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text && `?${text}`}`;
}

/** Opens a view. @param replace adds no history entry, as while someone types into a filter */
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

/** Goes back in history; where that is not possible, to the same view without its query. */
export function goBack(): void {
  // Older browsers do not have the Navigation API.
  if (!('navigation' in window) || window.navigation.canGoBack) history.back();
  else navigate(parse(location.hash).path);
}

/** The current location; renders again when it changes. */
export function useLocation(): PageLocation {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return parse(hash);
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener('hashchange', onChange);
  return () => {
    window.removeEventListener('hashchange', onChange);
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
