import { expect } from "chai";
import { copyInline } from "../../../src/build/copy/inline.ts";
import { readCopyRequest } from "../../../src/build/copy/request.ts";
import type { CopyInstruction } from "../../../src/dockerfile/instruction.ts";
import { FileTree } from "../../../src/filetree/tree.ts";
import { StepYard } from "../../support/step-yard.ts";
import { listing } from "../../support/tree.ts";

describe("build/copy/inline", () => {
  it("copies heredocs, expanded unless their word is quoted, by the flags of the instruction", async () => {
    await using yard = await StepYard.open();
    const text = 'COPY --chown=7:8 <<one <<"two" /to/\n$x\none\n$x\ntwo';
    const { instruction, scope } = yard.prepare(text, { config: { Env: ["x=1"] } });
    const owner = { uid: 7, gid: 8 };
    const request = { ...readCopyRequest(instruction as CopyInstruction, scope), owner };
    const target = new FileTree();

    copyInline(target, instruction as CopyInstruction, { request, scope });

    expect(listing(target)).to.deep.equal([
      "to directory 755 7:8",
      "to/one file 644 7:8 1\n",
      "to/two file 644 7:8 $x\n",
    ]);
  });
});
