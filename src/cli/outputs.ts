import type { Logger } from "../log/logger.ts";
import { DockerArchive } from "../output/docker-archive.ts";
import { OciLayout } from "../output/oci-layout.ts";
import type { FinishedImage, ImageLayer, Output } from "../output/output.ts";
import { Push } from "../output/push.ts";
import { writeResultFiles } from "../output/result-files.ts";
import { writeResults } from "../pipeline/write-results.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import type { BuildOptions } from "./build-options.ts";

interface OutputParts {
  readonly options: BuildOptions;
  readonly client: RegistryClient;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Writes a result to standard output. */
  readonly print: (text: string) => void;
}

/** All places that the image of one build goes to, as one. */
export class BuildOutputs implements Output {
  readonly #parts: OutputParts;
  readonly #outputs: readonly Output[];

  constructor(parts: OutputParts) {
    this.#parts = parts;
    this.#outputs = openOutputs(parts);
  }

  startLayer(layer: ImageLayer): void {
    for (const output of this.#outputs) output.startLayer(layer);
  }

  /** Local outputs come first: what is pushed cannot be taken back. Result files come last. */
  async publish(image: FinishedImage): Promise<void> {
    const { options, log, print } = this.#parts;
    for (const output of this.#outputs) await output.publish(image);
    const { digest } = image.manifest.descriptor;
    const { destinations, push, resultFiles } = options.output;
    await writeResultFiles(resultFiles, { digest, destinations, pushed: push });
    const pushed = {
      digest,
      destinations,
      ...(image.base === undefined ? {} : { base: image.base }),
    };
    const warnings = await writeResults(options.output.results, push ? pushed : undefined);
    for (const warning of warnings) log.warn(warning);
    if (!push) log.info("built image", { digest });
    print(`${digest}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const output of this.#outputs) await output[Symbol.asyncDispose]();
  }
}

function openOutputs({ options, client, log, signal }: OutputParts): Output[] {
  const { destinations, push, ociLayoutPath, tarPath } = options.output;
  const outputs: Output[] = [];
  if (ociLayoutPath !== undefined) {
    outputs.push(new OciLayout({ directory: ociLayoutPath, names: destinations, signal }));
  }
  if (tarPath !== undefined) {
    outputs.push(new DockerArchive({ file: tarPath, names: destinations, signal }));
  }
  if (push) outputs.push(new Push({ client, destinations, log, signal }));
  return outputs;
}
