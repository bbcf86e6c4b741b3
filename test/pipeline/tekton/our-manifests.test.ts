import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { hasSchemas } from "../../support/manifest-schema.ts";
import { type Manifest, named, referredName, type TaskRun } from "./manifests.ts";
import { misfits } from "./misfits.ts";
import { stepContainers } from "./pod.ts";
import { readManifests } from "./read-manifests.ts";
import { manifestProblems } from "./validate.ts";
import { crdProblems } from "./validation/decode.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const files = readdirSync(path.join(root, "tasks"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => path.join("tasks", file));
const manifests = new Map(files.map((file) => [file, tektonManifests(file)]));
const tasks = [...manifests.values()].flat();

describe("the manifests in tasks/", () => {
  if (!hasSchemas) it("follow Tekton's schemas (not checked: SLIPWAY_SCHEMAS names no folder)");
  for (const [file, documents] of manifests) {
    for (const [index, manifest] of documents.entries()) {
      const name = `${file}, ${manifest.kind} ${index + 1} of ${documents.length}`;
      if (hasSchemas) {
        it(`follows Tekton's schema: ${name}`, async () => {
          expect(await crdProblems(manifest)).to.deep.equal([]);
        });
      }
      it(`passes Tekton's validation: ${name}`, async () => {
        expect(await manifestProblems(manifest)).to.deep.equal([]);
      });
      it(`fits what it refers to: ${name}`, () => {
        expect(misfits(manifest, [...documents, ...tasks])).to.deep.equal([]);
      });
      if (manifest.kind !== "TaskRun") continue;
      it(`makes a pod without variables that nothing replaced: ${name}`, () => {
        const taskRun = manifest as TaskRun;
        const known = [...documents, ...tasks];
        const task = named(known, "Task", referredName(taskRun.spec.taskRef));
        const found = stepContainers({ taskRun, extras: known, ...(task && { task }) });

        expect(JSON.stringify(found)).not.to.match(
          /\$\((params|results|workspaces|context|step|artifacts|credentials)[.[]/,
        );
      });
    }
  }
});

function tektonManifests(file: string): Manifest[] {
  return readManifests(readFileSync(path.join(root, file), "utf8")).filter(({ apiVersion }) =>
    apiVersion?.startsWith("tekton.dev/"),
  );
}
