import { expect } from "chai";
import type { CachePlace, KeptEntry } from "../../src/cache/cache-place.ts";
import { entriesToPrune, listPlaces, type PruneRules } from "../../src/cache/prune.ts";

const now = 1_000_000;

function entry(name: string, ageMs: number, bytes: number): KeptEntry {
  return {
    names: [name],
    bytes,
    timeMs: now - ageMs,
    description: `RUN ${name}`,
    isLeftover: name === "half",
    remove: () => Promise.resolve(true),
  };
}

function placeOf(name: string, entries: readonly KeptEntry[], foreign: string): CachePlace {
  return { name, list: () => Promise.resolve({ entries, foreign: [foreign] }) };
}

const all = [
  entry("young", 10, 100),
  entry("old", 300, 30),
  entry("middle", 200, 50),
  entry("half", 1, 7),
];

describe("cache/prune", () => {
  const cases: readonly (readonly [string, Partial<PruneRules>, readonly string[]])[] = [
    ["only what was left, where nothing is too old or too much", { maxBytes: 180 }, ["half"]],
    [
      "what is of the age that is named, and older",
      { olderThanMs: 200 },
      ["old", "middle", "half"],
    ],
    ["the oldest, until the rest fits", { maxBytes: 179 }, ["old", "half"]],
    ["as many as it takes", { maxBytes: 149 }, ["old", "middle", "half"]],
    ["all where nothing may be left", { maxBytes: 0 }, ["old", "middle", "young", "half"]],
    [
      "what is too old, and then what is too much",
      { olderThanMs: 300, maxBytes: 149 },
      ["old", "middle", "half"],
    ],
  ];
  for (const [what, rules, pruned] of cases) {
    it(`removes ${what}`, () => {
      const full = { olderThanMs: undefined, maxBytes: undefined, ...rules };

      const names = entriesToPrune(all, full, now).map(({ names: [name] }) => name);

      expect(names).to.deep.equal(pruned);
    });
  }

  it("lists what all places have, the oldest first", async () => {
    const places = [placeOf("a", all.slice(0, 2), "x"), placeOf("b", all.slice(2), "y")];

    const listing = await listPlaces(places, new AbortController().signal);

    expect(listing.entries.map(({ place: at, names: [name] }) => `${at} ${name}`)).to.deep.equal([
      "a old",
      "b middle",
      "a young",
      "b half",
    ]);
    expect(listing.foreign).to.deep.equal([
      { place: "a", name: "x" },
      { place: "b", name: "y" },
    ]);
  });
});
