import { setTimeout as delay } from "node:timers/promises";
import { request } from "undici";

/** A question that the metadata server of one cloud answers in a way that others do not. */
export interface MetadataQuestion {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isAnswer: (answer: MetadataAnswer) => boolean;
}

export interface MetadataAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
}

const timeoutMs = 1000;
// GKE's refuses connections in the first seconds of a pod.
const attempts = 4;
const pauseMs = 500;

/** Tells whether the metadata server is there. The network is a link of this machine, so that a second is long. */
export async function hasMetadataServer(
  question: MetadataQuestion,
  signal: AbortSignal,
): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const seen = await ask(question, signal);
    if (seen !== "not-yet" || attempt === attempts) return seen === "there";
    await delay(pauseMs, undefined, { signal });
  }
}

async function ask(
  { headers, isAnswer, url }: MetadataQuestion,
  signal: AbortSignal,
): Promise<"there" | "absent" | "not-yet"> {
  try {
    const {
      body,
      headers: answered,
      statusCode,
    } = await request(url, {
      headers: { ...headers },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await body.dump();
    if (statusCode >= 500) return "not-yet";
    const header = (name: string): string | undefined => [answered[name]].flat()[0];
    return isAnswer({ status: statusCode, header }) ? "there" : "absent";
  } catch (error) {
    signal.throwIfAborted();
    return (error as NodeJS.ErrnoException).code === "ECONNREFUSED" ? "not-yet" : "absent";
  }
}

// Addresses of metadata servers, of which SDKs do not know that no proxy reaches them.
const local = ["169.254.169.254", "metadata.google.internal", "127.0.0.1", "localhost"];

/** Has SDKs ask metadata servers themselves, where the environment names a proxy. */
export function keepMetadataDirect(): void {
  const given = ["NO_PROXY", "no_proxy"].flatMap((name) => (process.env[name] ?? "").split(","));
  if (given.includes("*")) return;
  const hosts = [...new Set([...given.filter((host) => host !== ""), ...local])].join(",");
  process.env["NO_PROXY"] = hosts;
  process.env["no_proxy"] = hosts;
}
