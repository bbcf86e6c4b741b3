import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import { withBaseConfigs } from "../../src/cli/base-configs.ts";
import type { BuildRun } from "../../src/cli/build-options.ts";
import { checkFlags } from "../../src/cli/flags/query-flags.ts";
import { type QueryOptions, readQueryOptions } from "../../src/cli/query-options.ts";
import { settleInPipeline } from "../../src/cli/settle-in-pipeline.ts";
import { parseLayoutReference } from "../../src/image/layout-reference.ts";
import { parseReference } from "../../src/image/reference.ts";
import { errorOf } from "../support/error-of.ts";
import { fakeHost } from "../support/fake-host.ts";
import { writeOciLayout } from "../support/oci-layout.ts";
import { testPlatform } from "../support/plan-request.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { startWebServer } from "../support/web-server.ts";

function options(resolve: boolean, registry = "localhost"): QueryOptions {
  const given = { "insecure-registry": [registry] };
  const host = fakeHost([]);
  return readQueryOptions(settleInPipeline(checkFlags, given, host), { host, resolve });
}

describe("cli/base-configs", () => {
  let directory: TemporaryDirectory;
  const written: string[] = [];

  before(async () => {
    directory = await makeTemporaryDirectory();
    await writeFile(directory.join("layer.tar"), Buffer.alloc(1024));
    const image = { layerTar: directory.join("layer.tar"), config: { Env: ["A=1"] } };
    await writeOciLayout(directory.join("layout"), image);
  });

  after(async () => {
    await directory[Symbol.asyncDispose]();
  });

  function run(notices: readonly string[] = []): BuildRun {
    return {
      signal: new AbortController().signal,
      environment: { DOCKER_CONFIG: directory.path },
      print: () => undefined,
      writeError: (text) => void written.push(text),
      notices,
      sources: new Map(),
    };
  }

  const image = { kind: "image", name: "app", reference: parseReference("app") } as const;

  it("knows nothing, and asks nobody, unless it is to resolve", async () => {
    const config = await withBaseConfigs(options(false), run(), (resolve) =>
      resolve(image, testPlatform),
    );

    expect(config).to.equal(undefined);
  });

  it("reads the configuration of an image in a layout", async () => {
    const layout = parseLayoutReference(directory.join("layout"));
    const config = await withBaseConfigs(options(true), run(), (resolve) =>
      resolve({ kind: "layout", name: "base", layout }, testPlatform),
    );

    expect(config?.config?.Env).to.deep.equal(["A=1"]);
  });

  it("passes on what a registry answers", async () => {
    await using registry = await startWebServer((_request, response) => {
      response.statusCode = 404;
      response.end();
    });
    const source = { ...image, reference: parseReference(`${registry.host}/app`) };
    const error = await errorOf(
      withBaseConfigs(options(true, registry.host), run(), (resolve) =>
        resolve(source, testPlatform),
      ),
    );

    expect(error.code).to.equal("REGISTRY_NOT_FOUND");
    expect(registry.requests.map(({ target }) => target)).to.include("/v2/app/manifests/latest");
  });

  it("says first which flags were ignored", async () => {
    written.length = 0;
    await withBaseConfigs(options(false), run(["--cleanup is ignored"]), () => Promise.resolve());

    expect(written.join("")).to.include("--cleanup is ignored");
  });
});
