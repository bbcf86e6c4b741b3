import { expect } from "chai";
import { loadFaults, saveFaults } from "../../src/cache/cache-faults.ts";
import { keyOf } from "../support/cache-entries.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";

describe("cache/cache-faults", () => {
  it("hands faults to the next process by way of the work directory", async () => {
    await using directory = await makeTemporaryDirectory();
    const faults = loadFaults(directory.path);
    expect(faults).to.deep.equal({ keys: new Set(), stores: new Set(), brokenReads: 0 });
    faults.keys.add(keyOf("a"));
    faults.stores.add("r.example/cache");
    faults.brokenReads += 1;

    saveFaults(directory.path, faults);

    expect(loadFaults(directory.path)).to.deep.equal({ ...faults, brokenReads: 0 });
  });
});
