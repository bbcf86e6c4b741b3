import { expect } from "chai";
import { describeEntry, formatListing } from "../../src/cache/listing-text.ts";
import type { PlacedEntry } from "../../src/cache/prune.ts";

const now = Date.parse("2026-02-01T00:00:00Z");
const day = 86_400_000;

function entry(ageMs: number, bytes: number, description: string): PlacedEntry {
  return {
    place: "r.example/cache",
    names: ["0123456789abcdef".repeat(4), "f".repeat(64)],
    bytes,
    timeMs: now - ageMs,
    description,
    isLeftover: false,
    remove: () => Promise.resolve(true),
  };
}

describe("cache/listing-text", () => {
  it("has a line for each entry, and for what is none", () => {
    const entries = [
      entry(15 * day, 3 * 1024 ** 3, "RUN make\u001b[2J"),
      entry(day - 1, 2048, "COPY . ."),
      entry(61_000, 1, "WORKDIR /app"),
      entry(-5, 0, "RUN true"),
    ];

    const text = formatListing(
      { entries, foreign: [{ place: "r.example/cache", name: "latest" }] },
      now,
    );

    expect(text.split("\n")).to.deep.equal([
      "0123456789ab  15d  3 GiB  RUN make\\u{1b}[2J",
      "0123456789ab  23h  2 KiB  COPY . .",
      "0123456789ab  1m   1 B    WORKDIR /app",
      "0123456789ab  0s   0 B    RUN true",
      "latest  is no entry of the cache (r.example/cache)",
      "4 entries, 3.0 GiB",
      "",
    ]);
  });

  it("tells programs all names of an entry, and when it was stored", () => {
    expect(describeEntry(entry(day, 5, "RUN make"))).to.deep.equal({
      place: "r.example/cache",
      keys: ["0123456789abcdef".repeat(4), "f".repeat(64)],
      bytes: 5,
      time: "2026-01-31T00:00:00.000Z",
      of: "RUN make",
    });
  });
});
