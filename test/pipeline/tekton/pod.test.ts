import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { Manifest, Task, TaskRun } from "./manifests.ts";
import type { ImageCommands } from "./pod/image-commands.ts";
import { stepContainers } from "./pod.ts";
import { readManifests } from "./read-manifests.ts";
import { pipelineVectors } from "./vectors.ts";

/** What images.txt of case 33 says, with the digests of its pod.json. */
const images: ReadonlyMap<string, ImageCommands> = new Map([
  [
    "registry.example/slipway:single",
    {
      digest: "sha256:2c46d9a22d3dfe2e9c7e287413dbcbfe473824233c27816deaf97476e0b3a7ba",
      platforms: { "linux/amd64": { entrypoint: ["/usr/bin/slipway"], cmd: ["version"] } },
    },
  ],
  [
    "registry.example/slipway:multi",
    {
      digest: "sha256:170ece92982c5797947ac6a22d60c3411efae0ffc64468c01fceaaddfcd3c9d7",
      platforms: {
        "linux/amd64": { entrypoint: ["/usr/bin/slipway"], cmd: ["version"] },
        "linux/arm64/v8": { entrypoint: ["/usr/bin/slipway-arm"] },
      },
    },
  ],
  [
    "registry.example/slipway:cmd-only",
    {
      digest: "sha256:4c8089e8caf3abf0a77428791ee11d8ce430dcaef84457abe7c5630aa0d9a79b",
      platforms: { "linux/amd64": { cmd: ["/bin/sh", "-c", "x"] } },
    },
  ],
]);

const folder = path.join(pipelineVectors, "tekton-pods");
const hasVectors = existsSync(folder);

describe("a Tekton pod", () => {
  if (!hasVectors) it("has the steps of the recorded ones (not checked: SLIPWAY_VECTORS has none)");
  for (const name of hasVectors ? readdirSync(folder) : []) {
    it(`has the steps of the recorded one: ${name}`, () => {
      const [task] = manifests(name, "task.yaml");
      const [taskRun] = manifests(name, "taskrun.yaml");
      const found = stepContainers({
        task: task as Task,
        taskRun: taskRun as TaskRun,
        extras: manifests(name, "extra.yaml"),
        flags: flags(textOf(name, "flags.txt")),
        images,
      });

      expect(found).to.deep.equal(JSON.parse(textOf(name, "steps.json")));
    });
  }
});

function textOf(name: string, file: string): string {
  const whole = path.join(folder, name, file);
  return existsSync(whole) ? readFileSync(whole, "utf8") : "";
}

function manifests(name: string, file: string): Manifest[] {
  return readManifests(textOf(name, file));
}

function flags(text: string): Map<string, string> {
  return new Map(
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line): [string, string] => [
        line.slice(0, line.indexOf("=")),
        line.slice(line.indexOf("=") + 1),
      ]),
  );
}
