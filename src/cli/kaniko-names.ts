import { UsageError } from "../errors/usage-error.ts";
import type { Host } from "./host.ts";

/**
 * What slipway finds when it is called by a name of kaniko's: `executor version` is a flag here. By any
 * other name, the host as it is.
 *
 * @throws USAGE_UNSUPPORTED_PROGRAM for `warmer`.
 */
export function hostAsCalled(host: Host): Host {
  if (host.program === "warmer") {
    throw new UsageError(
      "USAGE_UNSUPPORTED_PROGRAM",
      "warmer: there is no layer cache yet, so there is none to fill",
    );
  }
  if (host.program !== "executor") return host;
  return { ...host, argv: host.argv[0] === "version" ? ["--version"] : host.argv };
}
