import { expect } from "chai";
import {
  type CopyParts,
  chainKey,
  layersKey,
  type RunParts,
  type StepParts,
  type StepSurroundings,
  stepKey,
} from "../../src/cache/step-key.ts";

const around: StepSurroundings = {
  parent: "parent",
  platform: "linux/amd64",
  latestMtime: null,
  compression: { algorithm: "gzip" },
};

const run: RunParts = {
  kind: "RUN",
  args: ["/bin/sh", "-c", "make"],
  script: null,
  environment: ["A=1", "PATH=/bin"],
  user: "",
  directory: "/",
  network: "",
  security: "",
  devices: [],
  mounts: [],
};

const copy: CopyParts = {
  kind: "COPY",
  sources: ["a"],
  destination: "/b",
  chown: null,
  chmod: null,
  exclude: [],
  parents: false,
  unpack: null,
  files: [{ files: "digest" }],
  inline: [],
};

describe("cache/step-key", () => {
  it("gives the keys that it has always given", () => {
    // A change here makes every cache empty: the schema's version has to go up with it.
    const golden: readonly (readonly [StepParts, string])[] = [
      [run, "43d3839bcd95cd65160b4030189acd962d812ce4d4f8bd373daa137cc79ed5f1"],
      [copy, "b12935c16a51f2e2d3220d2e8386af3b7ba5dc978eb0bb9e52fb230f3e8dcd47"],
      [
        { kind: "WORKDIR", path: "/w", user: "app" },
        "39a8e46857f14aea7e3d2ad7f7a92b4ec8a9e88403f7506b3a51a4d0e8726be9",
      ],
      [
        { kind: "FROM", files: { files: "digest" } },
        "5047d90ff613ab242e85330959258b278fa8e5f010761f4cc229ee60faecfa14",
      ],
    ];

    expect(golden.map(([parts]) => stepKey(parts, around))).to.deep.equal(
      golden.map(([, key]) => key),
    );
    expect(chainKey("before", "step")).to.equal(
      "d7aabd6b8ab8bd0ad407aace917cdf368cc41f847d7c08b34da3a740cf5d305f",
    );
    expect(layersKey(["sha256:a", "sha256:b"])).to.equal(
      "549364183c0e5a77ef8d4d5f3de2a772b785c65735557d795e209ff8a3058a7b",
    );
  });

  const changes: readonly (readonly [string, StepParts, Partial<StepSurroundings>])[] = [
    ["a word of the command", { ...run, args: ["/bin/sh", "-c", "make all"] }, {}],
    ["a heredoc's text", { ...run, script: ["EOF", "make"] }, {}],
    ["a variable", { ...run, environment: ["A=2", "PATH=/bin"] }, {}],
    ["the user", { ...run, user: "app" }, {}],
    ["the working directory", { ...run, directory: "/src" }, {}],
    ["the network", { ...run, network: "none" }, {}],
    ["the security", { ...run, security: "insecure" }, {}],
    ["a device", { ...run, devices: ["/dev/fuse"] }, {}],
    ["a mount", { ...run, mounts: [["bind", "/x"]] }, {}],
    ["the files before", run, { parent: "other" }],
    ["the platform", run, { platform: "linux/arm64" }],
    ["the latest time", run, { latestMtime: 0 }],
    ["the compression", run, { compression: { algorithm: "zstd" } }],
    ["its level", run, { compression: { algorithm: "gzip", level: 9 } }],
    ["a source", { ...copy, sources: ["b"] }, {}],
    ["the destination", { ...copy, destination: "/b/" }, {}],
    ["the owner", { ...copy, chown: "app" }, {}],
    ["the mode", { ...copy, chmod: "755" }, {}],
    ["what is excluded", { ...copy, exclude: ["*.o"] }, {}],
    ["that directories are kept", { ...copy, parents: true }, {}],
    ["that archives are unpacked", { ...copy, kind: "ADD", unpack: true }, {}],
    ["the files", { ...copy, files: [{ files: "other" }] }, {}],
    ["a file in the Dockerfile", { ...copy, inline: [["EOF", "text"]] }, {}],
  ];
  it("gives another key for whatever can change the layer", () => {
    const keys = changes.map(([, parts, other]) => stepKey(parts, { ...around, ...other }));
    const all = [stepKey(run, around), stepKey(copy, around), ...keys];

    expect(new Set(all).size).to.equal(all.length);
  });
});
