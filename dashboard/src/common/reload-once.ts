const ITEM = 'predictionx-reloaded';

/** Reloads the page, unless this tab did so before for the same file. @returns whether it reloads */
export function reloadOnce(file: string): boolean {
  const files = (sessionStorage.getItem(ITEM) ?? '').split(' ');
  if (files.includes(file)) return false;
  sessionStorage.setItem(ITEM, [...files, file].join(' ').trim());
  location.reload();
  return true;
}
