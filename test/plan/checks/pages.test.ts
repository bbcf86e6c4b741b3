import { readdir, readFile } from "node:fs/promises";
import { expect } from "chai";
import { checkRules } from "../../../src/dockerfile/checks/rules.ts";
import { checkDockerfile } from "../../../src/plan/checks/check-dockerfile.ts";
import { imageConfig, planRequest } from "../../support/plan-request.ts";

const folder = "docs/checks";

/** Runs the checks over an example, which may be a part of a Dockerfile only. */
async function warningsOf(example: string, experimental: string): Promise<string[]> {
  const [, pattern] = /^# \.dockerignore has the line (.*)$/m.exec(example) ?? [];
  const stage = /^from /im.test(example) ? "" : "FROM scratch\n";
  const { warnings } = await checkDockerfile({
    ...planRequest({ buildArgs: new Map([["TAG", "1"]]) }),
    source: Buffer.from(`# check=experimental=${experimental}\n#\n${stage}${example}`),
    file: "Dockerfile",
    allStages: true,
    ignore: pattern === undefined ? [] : [pattern],
    resolve: ({ name }) =>
      Promise.resolve(imageConfig({}, name.endsWith("arm-only") ? "linux/arm64" : "linux/amd64")),
  });
  return [...new Set(warnings.map(({ rule }) => rule))];
}

describe("docs/checks", () => {
  for (const [rule, { page, experimental }] of Object.entries(checkRules)) {
    it(`explains ${rule} by examples that hold`, async () => {
      const text = await readFile(`${folder}/${page}.md`, "utf8");
      const [bad = "", good = ""] = [...text.matchAll(/^```dockerfile\n(.*?)^```$/gms)].map(
        ([, code]) => code ?? "",
      );
      const added = experimental ? rule : "none";

      expect(text).to.match(new RegExp(`^# ${rule}\n`));
      expect(await warningsOf(bad, added), bad).to.include(rule);
      expect(await warningsOf(good, added), good).to.deep.equal([]);
    });
  }

  it("has a page for every rule, all of them listed, and no others", async () => {
    const pages = Object.values(checkRules).map(({ page }) => `${page}.md`);
    const list = await readFile(`${folder}/README.md`, "utf8");

    expect((await readdir(folder)).toSorted()).to.deep.equal([...pages, "README.md"].toSorted());
    for (const [rule, { page }] of Object.entries(checkRules)) {
      expect(list).to.include(`- [${rule}](${page}.md)`);
    }
  });
});
