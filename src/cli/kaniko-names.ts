import type { Host } from "./host.ts";

/**
 * What slipway finds when it is called by a name of kaniko's: `executor version` is a flag here, and
 * `warmer` is a command. By any other name, the host as it is.
 */
export function hostAsCalled(host: Host): Host {
  const { argv, program } = host;
  if (program === "warmer") return { ...host, argv: ["warm", ...argv] };
  if (program !== "executor") return host;
  return { ...host, argv: argv[0] === "version" ? ["--version"] : argv };
}
