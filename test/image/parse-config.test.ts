import { expect } from "chai";
import { digestOf } from "../../src/image/digest.ts";
import { configLimitBytes, parseImageConfig } from "../../src/image/parse-config.ts";

const minimal = {
  architecture: "amd64",
  os: "linux",
  rootfs: { type: "layers", diff_ids: [digestOf("layer")] },
};

describe("image/parse-config", () => {
  it("reads all that slipway knows and drops the rest", () => {
    const config = {
      ...minimal,
      created: "2026-01-01T00:00:00Z",
      author: "someone",
      variant: "v3",
      config: {
        User: "1000:1000",
        ExposedPorts: { "80/tcp": {} },
        Env: ["PATH=/bin", "EMPTY="],
        Entrypoint: ["/init"],
        Cmd: null,
        Volumes: { "/data": {} },
        WorkingDir: "/srv",
        Labels: { a: "b" },
        StopSignal: "SIGINT",
        Healthcheck: { Test: ["CMD", "true"], Interval: 30_000_000_000, Retries: 3 },
        OnBuild: ["RUN true"],
        Shell: ["/bin/sh", "-c"],
      },
      history: [{ created: "2026-01-01T00:00:00Z", created_by: "RUN x", empty_layer: true }],
    };

    const parsed = parseImageConfig(json({ ...config, docker_version: "1", container: "x" }));

    expect(parsed).to.deep.equal(config);
  });

  it("reads what Go writes for nothing", () => {
    const parsed = parseImageConfig(
      json({ ...minimal, config: { Env: null, Volumes: null, Labels: null }, history: null }),
    );

    expect(parsed).to.deep.equal({ ...minimal, config: {} });
  });

  it("keeps a label of any name as a label", () => {
    const text = `{"os":"linux","architecture":"a","rootfs":{"type":"layers","diff_ids":[]},
      "config":{"Labels":{"__proto__":"x"}}}`;

    const labels = parseImageConfig(Buffer.from(text)).config?.Labels ?? {};

    expect(Object.entries(labels)).to.deep.equal([["__proto__", "x"]]);
  });

  const hostile: readonly (readonly [string, unknown])[] = [
    ["lacks the file system", { os: "linux", architecture: "amd64" }],
    ["lacks the operating system", { ...minimal, os: undefined }],
    [
      "has diff ids that are no digests",
      { ...minimal, rootfs: { type: "layers", diff_ids: ["x"] } },
    ],
    ["has another kind of file system", { ...minimal, rootfs: { type: "x", diff_ids: [] } }],
    ["has numbers in its environment", { ...minimal, config: { Env: [1] } }],
    ["has a list as labels", { ...minimal, config: { Labels: ["a"] } }],
    ["has a user that is a number", { ...minimal, config: { User: 0 } }],
    ["has a history that is text", { ...minimal, history: "x" }],
  ];
  for (const [title, document] of hostile) {
    it(`refuses a document that ${title}`, () => {
      expect(() => parseImageConfig(json(document)))
        .to.throw(/config|configuration/)
        .with.property("code", "IMAGE_MALFORMED");
    });
  }

  it("refuses what is too large", () => {
    expect(() => parseImageConfig(Buffer.alloc(configLimitBytes + 1, " "))).to.throw(/more than/);
  });
});

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
