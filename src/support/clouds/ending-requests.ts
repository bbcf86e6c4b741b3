import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";

const signals = new AsyncLocalStorage<AbortSignal>();
let isSubscribed = false;

/**
 * Does `work`, and ends what it requests by node:http, now or later, when `signal` says so. SDKs do not
 * heed signals everywhere, and a request that nobody waits for any more would keep the process alive.
 */
export function endingRequests<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (!isSubscribed) subscribe("http.client.request.created", onRequest);
  isSubscribed = true;
  return signals.run(signal, work);
}

function onRequest(message: unknown): void {
  const { request } = message as { readonly request: ClientRequest };
  const signal = signals.getStore();
  if (signal === undefined) return;
  const end = (): void => void request.destroy();
  // One that has just been made is not ready to be ended.
  if (signal.aborted) setImmediate(end);
  signal.addEventListener("abort", end, { once: true });
  request.once("close", () => signal.removeEventListener("abort", end));
}
