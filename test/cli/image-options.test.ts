import { expect } from "chai";
import { copyFlags, inspectFlags, pushFlags } from "../../src/cli/flags/image-flags.ts";
import {
  readCopyOptions,
  readInspectOptions,
  readPushOptions,
} from "../../src/cli/image-options.ts";
import { settleInPipeline } from "../../src/cli/settle-in-pipeline.ts";
import { digestOf } from "../../src/image/digest.ts";
import { errorOf } from "../support/error-of.ts";
import { fakeHost } from "../support/fake-host.ts";

type Given = Readonly<Record<string, unknown>>;
const host = fakeHost([]);
const digest = digestOf("manifest");

const copy = (given: Given): ReturnType<typeof readCopyOptions> =>
  readCopyOptions(settleInPipeline(copyFlags, given, host), host);

const inspect = (given: Given): ReturnType<typeof readInspectOptions> =>
  readInspectOptions(settleInPipeline(inspectFlags, given, host), host);

const push = (given: Given, paths: readonly string[] = []): ReturnType<typeof readPushOptions> => {
  const withPaths = { ...host, exists: (path: string) => paths.includes(path) };
  return readPushOptions(settleInPipeline(pushFlags, given, withPaths), withPaths);
};

describe("cli/image-options", () => {
  it("tells names in registries from layouts", () => {
    const destination = ["r.example/app:1"];

    expect(copy({ source: "busybox", destination }).place).to.deep.equal({
      kind: "registry",
      reference: { registry: "docker.io", path: "library/busybox" },
    });
    expect(copy({ source: `oci-layout://a/b:1@${digest}`, destination }).place).to.deep.equal({
      kind: "local",
      image: { directory: "a/b", tag: "1", digest },
    });
  });

  it("takes a path as it is where there is something, else with a tag at its end", () => {
    const destination = ["r.example/app"];
    const given = { image: "out/app:1.tar", destination };

    expect(push(given, ["/out/app:1.tar"]).place).to.deep.include({
      image: { directory: "out/app:1.tar" },
    });
    expect(push(given).place).to.deep.include({ image: { directory: "out/app", tag: "1.tar" } });
    expect(push(given).destinations).to.deep.equal([
      { registry: "r.example", path: "app", tag: "latest" },
    ]);
  });

  it("chooses a platform only where one is asked for", () => {
    expect(inspect({ image: "a" }).platform).to.equal(undefined);
    expect(inspect({ image: "a", "custom-platform": "arm64" }).platform).to.deep.equal({
      os: "linux",
      architecture: "arm64",
    });
  });

  it("wants an image, and a place for it", async () => {
    const unnamed = await errorOf(() => copy({ destination: ["a:1"] }));
    const nowhere = await errorOf(() => push({ image: "layout" }));
    const wrong = await errorOf(() => copy({ source: "a b", destination: ["a:1"] }));

    expect(unnamed).to.include({ code: "USAGE_CONFLICT", message: "no image is named" });
    expect(nowhere.message).to.include("--destination");
    expect(wrong.message).to.include("--source");
  });
});
