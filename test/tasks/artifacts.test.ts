import { expect } from "chai";
import { tektonBundle } from "../../tasks/artifacts.ts";
import { errorOf } from "../support/error-of.ts";

const resourcesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: `task-${index}`,
    version: "0.1",
    kind: "Task",
    apiVersion: "tekton.dev/v1",
    text: "apiVersion: tekton.dev/v1\n",
  }));

describe("tasks/artifacts", () => {
  it("puts no more into a bundle than Tekton takes", async () => {
    expect((await tektonBundle(resourcesOf(20))).layers).to.have.length(20);
    expect((await errorOf(tektonBundle(resourcesOf(21)))).message).to.include("20 resources");
  });

  it("refuses two versions of one Task, of which nobody could have the second", async () => {
    const [task] = resourcesOf(1);
    const twice = [task, { ...task, version: "0.2" }] as Parameters<typeof tektonBundle>[0];

    expect((await errorOf(tektonBundle(twice))).message).to.include("two versions");
  });
});
