// A process of its own, since SDKs read the environment, and some keep what they found in it as long as they live.
import { isBuilderError } from "../../src/errors/builder-error.ts";
import { parseReference } from "../../src/image/reference.ts";
import { cloudSources } from "../../src/registry/credentials/cloud/cloud-sources.ts";
import { findCredentials } from "../../src/registry/credentials/credentials.ts";
import type { CloudOutcome } from "./cloud-login.ts";

const warnings: string[] = [];
const sources = cloudSources({ environment: process.env, warn: (text) => warnings.push(text) });

async function ask(name: string): Promise<CloudOutcome> {
  try {
    return { answer: await findCredentials(sources, parseReference(name), {}), warnings };
  } catch (error) {
    if (!isBuilderError(error)) throw error;
    return { error: { code: error.code, message: error.message }, warnings };
  }
}

const outcomes: CloudOutcome[] = [];
for (const name of process.argv.slice(2)) outcomes.push(await ask(name));
process.stdout.write(JSON.stringify(outcomes));
