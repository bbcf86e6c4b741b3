import { getActiveResourcesInfo } from "node:process";
import { Readable } from "node:stream";
import { expect } from "chai";
import { UploadWatch } from "../../src/registry/upload-watch.ts";

const never = 2_000_000_000;

function timers(): number {
  return getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
}

describe("registry/upload-watch", () => {
  it("keeps no process alive by a body that is read on when its request has ended", async () => {
    // More than is read ahead.
    const piece = Buffer.alloc(1024 * 1024);
    const watch = new UploadWatch(never, undefined);
    const body = watch.watch(Readable.from([piece, piece, piece, piece]));
    const chunks = body[Symbol.asyncIterator]();
    await chunks.next();
    const watched = timers();

    watch.end();
    expect(timers()).to.equal(watched - 1);
    await chunks.next();

    expect(timers()).to.equal(watched - 1);
    await chunks.return?.();
  });
});
