import { expect } from "chai";
import { BlockPool } from "../../src/layer/block-pool.ts";
import { Contents } from "../../src/layer/contents.ts";
import { writeLayer } from "../../src/layer/layer-writer.ts";
import { Spool } from "../../src/layer/spool.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";
import { file } from "../support/tree.ts";

describe("layer/block-pool", () => {
  it("gives a block again that was given back, also when only its first part was used", () => {
    const pool = new BlockPool();
    const block = pool.take();

    pool.giveBack(block.subarray(0, 10));

    const again = pool.take();
    expect(again.buffer).to.equal(block.buffer);
    expect(again).to.have.length(block.length);
    expect(pool.take().buffer).not.to.equal(block.buffer);
  });

  it("has a block again when the next one is asked for", async () => {
    const pool = new BlockPool();
    const blocks = async function* (): AsyncGenerator<Buffer> {
      for (let count = 0; count < 10; count += 1) yield await Promise.resolve(pool.take());
    };

    const buffers = new Set<unknown>();
    for await (const block of pool.inTurn(blocks())) buffers.add(block.buffer);

    expect(buffers.size).to.equal(1);
  });

  for (const algorithm of ["none", "gzip", "zstd"] as const) {
    it(`leaves the bytes of a layer what they are: ${algorithm}`, async () => {
      await using directory = await makeTemporaryDirectory();
      await using contents = new Contents(directory.path);
      using spool = await Spool.open(directory.path);
      const text = Array.from({ length: 400_000 }, (_, at) => at.toString(36)).join(" ");
      const node = file(text);
      const offsets = new Map<typeof node, number>();
      const changes = [{ kind: "put", path: "f", node }] as const;
      const compression = { algorithm };

      const layer = await writeLayer(changes, { contents, spool, compression, offsets });

      const content = { kind: "layer", layer, offset: offsets.get(node) ?? 0 } as const;
      const chunks = await Array.fromAsync(await contents.open({ ...node, content }));
      expect(Buffer.concat(chunks).toString()).to.equal(text);
    });
  }
});
