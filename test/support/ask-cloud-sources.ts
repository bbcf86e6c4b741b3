// A process of its own, since SDKs read the environment, and some keep what they found in it as long as they live.
import { isBuilderError } from "../../src/errors/builder-error.ts";
import { parseReference } from "../../src/image/reference.ts";
import { amazonSource } from "../../src/registry/credentials/cloud/amazon.ts";
import { azureSource } from "../../src/registry/credentials/cloud/azure.ts";
import { googleSource } from "../../src/registry/credentials/cloud/google.ts";
import { type FindOptions, findCredentials } from "../../src/registry/credentials/credentials.ts";
import { defaultTimeouts } from "../../src/registry/registry-options.ts";
import { Transport } from "../../src/registry/transport.ts";
import type { CloudOutcome } from "./cloud-login.ts";

const tls = { rejectUnauthorized: true };
const transport = new Transport({
  settingsOf: () => ({ plainHttp: true, tls }),
  timeouts: defaultTimeouts,
  proxyOf: () => undefined,
});
const warnings: string[] = [];
const sources = [amazonSource, azureSource, googleSource].map((make) =>
  make({ environment: process.env, warn: (text) => warnings.push(text) }),
);

/** To the server of the test in the place of a registry, which has a name that is not on this machine. */
const send: FindOptions["send"] = (request) => {
  const url = new URL(request.url.pathname, process.env["REGISTRY_OF_TEST"]);
  return transport.send({ ...request, url, access: "pull" });
};

async function ask(name: string): Promise<CloudOutcome> {
  try {
    return { answer: await findCredentials(sources, parseReference(name), { send }), warnings };
  } catch (error) {
    if (!isBuilderError(error)) throw error;
    return { error: { code: error.code, message: error.message }, warnings };
  }
}

const outcomes: CloudOutcome[] = [];
for (const argument of process.argv.slice(2)) {
  const name = argument.replace(/^anew:/, "");
  if (name !== argument) for (const source of sources) source.forget?.(parseReference(name));
  outcomes.push(await ask(name));
}
process.stdout.write(JSON.stringify(outcomes));
await transport[Symbol.asyncDispose]();
