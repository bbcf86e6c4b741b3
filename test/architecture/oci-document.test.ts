import { readFile } from "node:fs/promises";
import { expect } from "chai";

const document = "docs/oci.md";
/** A row of a table whose last cell names a test by file and title. */
const row = /^\| [^|]+ \| [^|]+ \| `([\w/-]+)`: (.+) \|$/;
/** A title where it is given, text or template. */
const titles = /\bit\(\s*(["`])((?:\\.|(?!\1).)*)\1/g;

interface NamedTest {
  readonly file: string;
  readonly title: string;
}

async function namedTests(): Promise<readonly NamedTest[]> {
  const lines = (await readFile(document, "utf8")).split("\n");
  return lines.flatMap((line) => {
    const [, file, title] = row.exec(line) ?? [];
    return file === undefined || title === undefined ? [] : [{ file, title }];
  });
}

/** The titles of a file of tests, with "…" for what a template takes from its case. */
async function titlesIn(file: string): Promise<readonly string[]> {
  const source = await readFile(`test/${file}.test.ts`, "utf8");
  return [...source.matchAll(titles)].map(([, , title = ""]) => title.replace(/\$\{[^}]*\}/g, "…"));
}

describe("architecture/oci-document", () => {
  it("names a test in each row of its tables", async () => {
    const rows = (await readFile(document, "utf8"))
      .split("\n")
      .filter((line) => line.startsWith("| ") && !line.startsWith("| Section "));

    expect(rows.filter((line) => !row.test(line))).to.deep.equal([]);
    expect(rows).to.have.lengthOf.above(40);
  });

  it("names tests that there are", async () => {
    const missing: string[] = [];
    for (const { file, title } of await namedTests()) {
      if (!(await titlesIn(file)).includes(title)) missing.push(`${file}: ${title}`);
    }

    expect(missing).to.deep.equal([]);
  });
});
