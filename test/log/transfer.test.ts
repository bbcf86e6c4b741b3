import { Readable } from "node:stream";
import { expect } from "chai";
import { type Logger, silentLogger } from "../../src/log/logger.ts";
import { counted, Transfer } from "../../src/log/transfer.ts";

const mebibyte = 1 << 20;

describe("log/transfer", () => {
  let milliseconds: number;
  let lines: unknown[];
  let shown: (string | undefined)[];

  beforeEach(() => {
    milliseconds = 0;
    lines = [];
    shown = [];
  });

  const file: Logger = {
    ...silentLogger,
    info: (message, fields) => void lines.push([message, fields]),
  };
  const terminal: Logger = { ...file, status: (_owner, text) => void shown.push(text) };

  function begin(log: Logger, total?: number): Transfer {
    const what = "s3://team/app.tgz";
    return new Transfer(log, { doing: "fetching", what, total, now: () => milliseconds });
  }

  /** Moves one mebibyte each second. */
  function moveFor(seconds: number, transfer: Transfer): void {
    for (let second = 0; second < seconds; second += 1) {
      milliseconds += 1000;
      transfer.moved(mebibyte);
    }
  }

  it("says nothing of what is over soon", () => {
    moveFor(9, begin(file, 9 * mebibyte));

    expect(lines).to.deep.equal([]);
  });

  it("says how far it is after 10 seconds, and then ever more rarely", () => {
    moveFor(170, begin(file, 200 * mebibyte));

    const facts = { what: "s3://team/app.tgz", of: "200 MiB", rate: "1 MiB/s" };
    expect(lines).to.deep.equal([
      ["still fetching", { ...facts, done: "10 MiB", remaining: "3 min" }],
      ["still fetching", { ...facts, done: "20 MiB", remaining: "3 min" }],
      ["still fetching", { ...facts, done: "40 MiB", remaining: "3 min" }],
      ["still fetching", { ...facts, done: "80 MiB", remaining: "2 min" }],
      ["still fetching", { ...facts, done: "160 MiB", remaining: "40 s" }],
    ]);
  });

  it("shows on a terminal bytes, rate and the time that is left, and takes that away at the end", () => {
    const transfer = begin(terminal);
    moveFor(1, transfer);
    transfer.expect(7201 * mebibyte);
    moveFor(1, transfer);
    transfer.moved(1);
    transfer.end();

    expect(lines).to.deep.equal([]);
    expect(shown).to.deep.equal([
      "1 MiB, 1 MiB/s: fetching s3://team/app.tgz",
      "2 MiB of 7.0 GiB, 1 MiB/s, 2 h left: fetching s3://team/app.tgz",
      undefined,
    ]);
  });

  it("says no end of what is longer than it was said to be", () => {
    moveFor(10, begin(file, mebibyte));

    expect(lines).to.deep.equal([
      ["still fetching", { what: "s3://team/app.tgz", done: "10 MiB", rate: "1 MiB/s" }],
    ]);
  });

  it("counts what passes by, and ends also where nobody wants the rest", async () => {
    const pieces = Readable.from([Buffer.alloc(1024), Buffer.alloc(1024)]);
    const transfer = begin(terminal);
    milliseconds = 1000;

    for await (const chunk of counted(pieces, transfer)) {
      expect(chunk).to.have.length(1024);
      break;
    }

    expect(shown).to.deep.equal(["1 KiB, 1 KiB/s: fetching s3://team/app.tgz", undefined]);
  });
});
