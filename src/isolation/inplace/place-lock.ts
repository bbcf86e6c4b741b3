import { once } from "node:events";
import { statSync } from "node:fs";
import { createServer } from "node:net";

/**
 * Keeps other processes of this container from swapping files into the same root, until disposal or
 * the end of this process. `directory` is one that they all have. Undefined when one of them is first.
 */
export async function lockPlace(directory: string): Promise<AsyncDisposable | undefined> {
  const { dev, ino } = statSync(directory);
  const server = createServer();
  try {
    // An abstract socket leaves no file, and goes with its process.
    await once(server.listen(`\0slipway-${dev}-${ino}`), "listening");
  } catch {
    return undefined;
  }
  server.unref();
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}
