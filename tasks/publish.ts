/**
 * `npm run publish:tasks`: pushes the Tasks and StepActions of this repository as a Tekton bundle, and each
 * Task as an OCI artifact in the same repository. Prints what it pushed, by digest. See docs/tekton.md.
 *
 *     node tasks/publish.ts REF [--builder-image REPO:VERSION] [--manifests DIR] [--insecure-registry HOST]...
 */
import path from "node:path";
import { parseArgs } from "node:util";
import { openRegistryClient } from "../src/cli/open-registry-client.ts";
import { asBuilderError, formatError } from "../src/cli/report-error.ts";
import { UsageError } from "../src/errors/usage-error.ts";
import {
  formatReference,
  type ImageReference,
  parseReference,
  withDefaultTag,
} from "../src/image/reference.ts";
import { createLogger } from "../src/log/create-logger.ts";
import type { FinishedImage } from "../src/output/output.ts";
import { Push } from "../src/output/push.ts";
import type { RegistryClient } from "../src/registry/registry-client.ts";
import { defaultRegistryOptions } from "../src/registry/registry-options.ts";
import { taskArtifact, tektonBundle } from "./artifacts.ts";
import { kindFolders, packagesIn, readResource } from "./catalog.ts";
import { pinBuilderImage } from "./pin-builder.ts";
import { writeManifests } from "./write-manifests.ts";

const root = path.resolve(import.meta.dirname, "..");

/** Ends every error of usage, whose own hint would be about the command line of slipway. */
const hint =
  "npm run publish:tasks -- REF [--builder-image REPO:VERSION] [--manifests DIR] [--insecure-registry HOST]...";

const log = createLogger({
  level: "warn",
  format: "text",
  timestamp: false,
  destination: { write: (line) => process.stderr.write(line) },
});

try {
  await main();
} catch (error) {
  const report = { format: "text", sources: new Map<string, string>() } as const;
  const known = asBuilderError(error);
  process.stderr.write(formatError(known, report));
  process.exitCode = known.exitCode;
}

async function main(): Promise<void> {
  const { positionals, values } = readArguments();
  const destination = readDestination(positionals);
  await using client = await openRegistryClient(
    {
      credentials: { environment: process.env },
      registry: { ...defaultRegistryOptions, insecureRegistries: values["insecure-registry"] },
    },
    log,
  );
  const builder = values["builder-image"];
  const pinned = builder === undefined ? undefined : await resolveBuilder(client, builder);
  const pin = (text: string): string => {
    return pinned === undefined ? text : pinBuilderImage(text, pinned);
  };
  await pushAll(client, destination, pin);
  if (values.manifests !== undefined) writeManifests(root, values.manifests, pin);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        "builder-image": { type: "string" },
        manifests: { type: "string" },
        "insecure-registry": { type: "string", multiple: true, default: [] },
      },
    });
  } catch (error) {
    throw new UsageError("USAGE_INVALID_VALUE", (error as Error).message, { hint, cause: error });
  }
}

function readDestination(positionals: readonly string[]): ImageReference {
  const [text, ...others] = positionals;
  if (text === undefined || others.length > 0) {
    throw new UsageError("USAGE_INVALID_VALUE", "one reference to push the bundle to is needed", {
      hint,
    });
  }
  const destination = withDefaultTag(parseReference(text));
  if (destination.digest === undefined) return destination;
  throw new UsageError("USAGE_INVALID_VALUE", `${text} has a digest, which cannot be pushed to`, {
    hint,
  });
}

/** The reference of the builder image, by version and digest. */
async function resolveBuilder(client: RegistryClient, text: string): Promise<string> {
  const reference = parseReference(text);
  if (reference.tag === undefined) {
    throw new UsageError("USAGE_INVALID_VALUE", `--builder-image: ${text} names no version`, {
      hint,
    });
  }
  const { descriptor } = await client.fetchManifest(reference);
  return formatReference({ ...reference, digest: descriptor.digest });
}

async function pushAll(
  client: RegistryClient,
  destination: ImageReference,
  pin: (text: string) => string,
): Promise<void> {
  const read = (folder: string) => {
    return packagesIn(path.join(root, folder)).map((found) => readResource(found, pin));
  };
  const tasks = read(kindFolders.task);
  const bundle = await tektonBundle([...tasks, ...read(kindFolders.stepaction)]);
  const artifacts = tasks.map((task) => ({
    reference: { ...destination, tag: `${task.name}-${task.version}` },
    image: taskArtifact(task),
  }));
  if (artifacts.some(({ reference }) => reference.tag === destination.tag)) {
    const text = `the tag ${destination.tag} is that of a Task alone, so the bundle needs another`;
    throw new UsageError("USAGE_CONFLICT", text, { hint });
  }
  for (const { image, reference } of artifacts) await push(client, reference, image);
  await push(client, destination, bundle);
}

async function push(
  client: RegistryClient,
  destination: ImageReference,
  image: FinishedImage,
): Promise<void> {
  const { signal } = new AbortController();
  await using output = new Push({ client, destinations: [destination], log, signal });
  await output.publish(image);
  const { digest } = image.manifest.descriptor;
  process.stdout.write(`${formatReference({ ...destination, digest })}\n`);
}
