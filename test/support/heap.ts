import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** How many bytes of V8's memory `make` leaves in use: those of what it gives, and of what that needs. */
export async function heapKeptBy<T>(make: () => T | Promise<T>): Promise<number> {
  // What is compiled and allocated once is not counted.
  await make();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const kept = await make();
  collectGarbage();
  const bytes = process.memoryUsage().heapUsed - before;
  // It is used once more, so that it is not given up before that.
  return kept === undefined ? 0 : bytes;
}
