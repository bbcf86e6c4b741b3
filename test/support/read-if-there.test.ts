import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import { readIfThere } from "../../src/support/read-if-there.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

describe("support/read-if-there", () => {
  it("gives the text of a file, and nothing where there is none", async () => {
    await using directory = await makeTemporaryDirectory();
    await writeFile(directory.join("file"), "täxt\n");

    expect(await readIfThere(directory.join("file"))).to.equal("täxt\n");
    expect(await readIfThere(directory.join("absent"))).to.equal("");
  });

  it("passes other failures on", async () => {
    await using directory = await makeTemporaryDirectory();

    const failure = await readIfThere(directory.path).then(
      () => undefined,
      (error: unknown) => error,
    );

    expect(failure).to.include({ code: "EISDIR" });
  });
});
