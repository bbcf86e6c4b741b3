import { mkdir, readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { expect } from "chai";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../../support/temporary-directory.ts";
import type { Pod } from "../engine/execution.ts";
import type { Volume } from "../manifest.ts";
import { type ClusterFiles, makeVolumes } from "./pod-files.ts";

const uid = process.getuid?.() ?? 0;

function secret(more: object = {}): Volume {
  return { name: "s", secret: { secretName: "registry", ...more } };
}

describe("pipeline/argo/container/pod-files", () => {
  let place: TemporaryDirectory;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });
  afterEach(() => place[Symbol.asyncDispose]());

  const make = async (
    name: string,
    volume: Volume,
    cluster: ClusterFiles = {},
  ): Promise<string> => {
    const volumes = [{ name: "var-run-argo", emptyDir: {} }, volume];
    const pod: Pod = {
      node: "w",
      nodeId: "w",
      main: {},
      argv: [],
      volumes,
      securityContext: {},
      inputArtifacts: [],
      template: "{}",
    };
    const directory = place.join(name);
    await mkdir(directory);
    const made = await makeVolumes(pod, cluster, {
      directory,
      claims: place.join("claims"),
      idShift: uid,
    });
    return made.get(volume.name) ?? "";
  };

  it("writes a secret behind symlinks, with the names and the mode that are asked for", async () => {
    const secrets = { registry: { ".dockerconfigjson": "{}", token: "t" } };
    const items = [{ key: ".dockerconfigjson", path: "docker/config.json" }];

    const whole = await make("whole", secret(), { secrets });
    const part = await make("part", secret({ items, defaultMode: 0o400 }), { secrets });

    expect(await readlink(`${whole}/token`)).to.equal("..data/token");
    expect(await readlink(`${whole}/..data`)).to.match(/^\.\.2026/);
    expect(await readFile(`${whole}/.dockerconfigjson`, "utf8")).to.equal("{}");
    expect(await readlink(`${part}/docker`)).to.equal("..data/docker");
    expect((await stat(`${part}/docker/config.json`)).mode & 0o777).to.equal(0o400);
  });

  it("leaves a secret empty that is not there and need not be, and refuses others", async () => {
    const optional = await make("optional", secret({ optional: true }));
    const failure = await make("other", secret()).catch((error: unknown) => String(error));

    expect((await readdir(optional)).filter((name) => !name.startsWith(".."))).to.deep.equal([]);
    expect(failure).to.include('MountVolume.SetUp failed for volume "s"');
  });

  it("shares claims, and nothing else, between pods", async () => {
    const claim = { name: "w", persistentVolumeClaim: { claimName: "c" } };
    const scratch = { name: "w", emptyDir: {} };

    await writeFile(`${await make("first", claim)}/file`, "text");
    await writeFile(`${await make("second", scratch)}/file`, "text");

    expect(await readdir(await make("third", claim))).to.deep.equal(["file"]);
    expect(await readdir(await make("fourth", scratch))).to.deep.equal([]);
  });
});
