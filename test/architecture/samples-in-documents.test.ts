import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";

const documents = [
  "README.md",
  "CHANGELOG.md",
  ...filesIn("docs", ".md"),
  ...filesIn("tasks", ".md"),
  ...filesIn("workflows", ".md"),
];

/** What tests run, or are checked by the rules of a cluster. */
const manifests = [...filesIn("tasks", ".yaml"), ...filesIn("workflows", ".yaml")].map((file) =>
  plainLines(readFileSync(file, "utf8")).join("\n"),
);

/** Its YAML is a build file, which e2e/fan-out parses. */
const buildFiles = ["docs/fan-out.md"];

describe("documents", () => {
  for (const file of documents.filter((name) => !buildFiles.includes(name))) {
    for (const [index, block] of yamlBlocks(file).entries()) {
      it(`show nothing but what tests run: ${file}, block ${index + 1}`, () => {
        // How the first line is indented is for the file that it is from.
        const shown = plainLines(block).join("\n").replace(/^\d+/, "");

        expect(manifests.some((text) => text.includes(shown))).to.equal(true);
      });
    }
  }

  for (const file of documents) {
    it(`lead to files that are there: ${file}`, () => {
      const links = [...readFileSync(file, "utf8").matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)];
      const local = links.map(([, target = ""]) => target).filter((to) => !/^[a-z]+:/.test(to));

      const missing = local.filter((to) => !existsSync(path.join(path.dirname(file), to)));
      expect(missing).to.deep.equal([]);
    });
  }
});

function filesIn(folder: string, extension: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(extension))
    .map((file) => path.join(folder, file));
}

function yamlBlocks(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block = ""]) => block);
}

/** The lines of a YAML text as they stand to each other: without comments, each with how much it is indented more than the one before. */
function plainLines(text: string): string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !/^\s*#/.test(line));
  let before = indentOf(lines[0] ?? "");
  return lines.map((line) => {
    const step = indentOf(line) - before;
    before = indentOf(line);
    return `${step}:${line.trim()}`;
  });
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
