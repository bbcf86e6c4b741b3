import { mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../../support/temporary-directory.ts";
import type { StepMount } from "../step-container.ts";
import { type MountedPlace, PodVolumes } from "./pod-volumes.ts";

describe("pipeline/tekton/run/pod-volumes", () => {
  let place: TemporaryDirectory;
  let volumes: PodVolumes;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
    mkdirSync(place.join("volumes"));
    mkdirSync(place.join("claim"));
    volumes = new PodVolumes(
      place.join("volumes"),
      {
        claims: { src: place.join("claim") },
        secrets: { regcred: { ".dockerconfigjson": "{}", other: "x" } },
        configMaps: { ca: { "root.crt": "root", team: "team" } },
      },
      process.getuid?.() ?? 0,
    );
  });

  afterEach(() => place?.[Symbol.asyncDispose]());

  const mount = (source: StepMount["source"], more: Partial<StepMount> = {}): MountedPlace =>
    volumes.mounted({ path: "/at", readOnly: false, volume: "volume", source, ...more });

  it("gives the chosen keys of a secret in the kubelet's form, only for reading", () => {
    const items = [{ key: ".dockerconfigjson", path: "sub/config.json" }];

    const found = mount({ secret: { secretName: "regcred", items, defaultMode: 0o400 } });

    expect(found.readOnly).to.equal(true);
    const file = path.join(found.place, "sub/config.json");
    expect(readFileSync(file, "utf8")).to.equal("{}");
    expect(statSync(file).mode & 0o777).to.equal(0o400);
    expect(readlinkSync(path.join(found.place, "sub"))).to.equal("..data/sub");
    expect(readlinkSync(path.join(found.place, "..data"))).to.match(/^\.\.\d/);
    expect(() => statSync(path.join(found.place, "other"))).to.throw("ENOENT");
  });

  it("puts several objects into one volume", () => {
    const secret = { name: "regcred", items: [{ key: "other", path: "own" }] };
    const token = { serviceAccountToken: { path: "token" } };

    const found = mount({
      projected: { sources: [{ secret }, { configMap: { name: "ca" } }, token] },
    });

    const read = (name: string): string => readFileSync(path.join(found.place, name), "utf8");
    expect(["own", "root.crt", "team"].map(read)).to.deep.equal(["x", "root", "team"]);
    expect(read("token")).to.include("token");
  });

  it("mounts one volume several times, and parts of a claim, which it makes", () => {
    const claim = { persistentVolumeClaim: { claimName: "src" } };
    const empty = mount({ emptyDir: {} }, { volume: "empty" });
    writeFileSync(path.join(empty.place, "file"), "");

    const again = mount({ emptyDir: {} }, { volume: "empty", readOnly: true });
    const part = mount(claim, { subPath: "team/app" });

    expect(again).to.deep.equal({ place: empty.place, readOnly: true });
    expect(part).to.deep.equal({ place: place.join("claim/team/app"), readOnly: false });
    expect(statSync(part.place).isDirectory()).to.equal(true);
  });

  it("is empty for an object that need not be there", () => {
    const found = mount({ secret: { secretName: "none", optional: true } });

    expect(statSync(found.place).mode & 0o777).to.equal(0o777);
    expect(() => mount({ secret: { secretName: "none" } }, { volume: "other" })).to.throw(
      "there is no secret named none",
    );
  });

  it("names kinds of volumes that it does not have", () => {
    expect(() => mount({ csi: { driver: "vault" } })).to.throw("csi are not emulated");
    expect(() => mount({ persistentVolumeClaim: { claimName: "cache" } })).to.throw(
      "there is no claim named cache",
    );
  });
});
