/**
 * A signal that aborts with another one, or after a time-out if there is one.
 * @returns `end` removes timer and listener; AbortSignal.any() would leave a reference for every request on a signal that lives as
 *   long as the gateway
 */
export function followSignal(
  cancel: AbortSignal,
  timeoutMs?: number,
): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort(cancel.reason);
  };
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          controller.abort(new DOMException('The request took too long', 'TimeoutError'));
        }, timeoutMs);
  if (cancel.aborted) abort();
  else cancel.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      cancel.removeEventListener('abort', abort);
    },
  };
}
