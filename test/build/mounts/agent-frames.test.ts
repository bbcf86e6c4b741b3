import { expect } from "chai";
import * as fc from "fast-check";
import { bareFrame, frameType, readFrames } from "../../../src/build/mounts/agent-frames.ts";
import { inChunks } from "../../support/chunks.ts";

const frame = (body: Uint8Array): Buffer => {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(body.length);
  return Buffer.concat([header, body]);
};

const framesOf = (bytes: Buffer, cuts: readonly number[] = []): Promise<Buffer[]> =>
  Array.fromAsync(readFrames(inChunks(bytes, cuts)));

describe("build/mounts/agent-frames", () => {
  it("parts messages, however they arrive", async () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(bodies, fc.array(fc.nat(200)), async (messages, cuts) => {
        const frames = messages.map(frame);

        expect(await framesOf(Buffer.concat(frames), cuts)).to.deep.equal(frames);
      }),
    );
  });

  it("drops a message that is cut off", async () => {
    expect(await framesOf(Buffer.concat([frame(Buffer.of(1)), Buffer.of(0, 0)]))).to.deep.equal([
      frame(Buffer.of(1)),
    ]);
  });

  it("ends with a message that is longer than any can be, or empty", async () => {
    const after = frame(Buffer.of(1));

    expect(await framesOf(Buffer.concat([Buffer.of(0, 4, 0, 1), after]))).to.deep.equal([]);
    expect(await framesOf(Buffer.concat([Buffer.of(0, 0, 0, 0), after]))).to.deep.equal([]);
  });

  it("knows the type of a message, and makes one that is nothing else", () => {
    expect(frameType(frame(Buffer.of(13, 9, 9)))).to.equal(13);
    expect(bareFrame(5)).to.deep.equal(frame(Buffer.of(5)));
  });
});
