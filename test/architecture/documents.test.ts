import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { generatedDocuments } from "../support/documents.ts";

describe("architecture/documents", () => {
  for (const [path, render] of Object.entries(generatedDocuments)) {
    it(`has ${path} as the code says (npm run docs makes it so)`, async () => {
      expect(await readFile(path, "utf8")).to.equal(render());
    });
  }
});
