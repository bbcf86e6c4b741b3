import { UsageError } from "../../errors/usage-error.ts";
import { checkLogin } from "../../registry/check-login.ts";
import { saveLogin } from "../../registry/credentials/save-login.ts";
import { readBounded } from "../../support/read-bounded.ts";
import type { RunLogin } from "../auth-options.ts";
import { userAgent } from "../open-registry-client.ts";

const longestPassword = 64 * 1024;

/** `slipway login`: keeps what the registry takes, and nothing that it refuses. */
export const runLogin: RunLogin = async (options, { environment, print, signal }) => {
  const { place, registries, registry, username } = options;
  const password = await readPassword();
  const credentials = { kind: "basic", username, password } as const;
  const call = { environment, signal };
  const outcome = await checkLogin({ registry, credentials, registries, userAgent, ...call });
  const login = { registry, username, password };
  const kept = await saveLogin(place, login, call);
  const doubt =
    outcome === "unasked" ? "; it has not been tried, since the registry asks nobody" : "";
  print(`The login to ${registry} is kept in ${kept}${doubt}\n`);
  return 0;
};

/** All of standard input, but for one line break at its end. */
async function readPassword(): Promise<string> {
  const read = await readBounded(process.stdin, longestPassword);
  const text = read.kind === "complete" ? read.bytes.toString("utf8").replace(/\r?\n$/, "") : "";
  if (text !== "") return text;
  throw new UsageError("USAGE_INVALID_VALUE", "standard input holds no password, or too much");
}
