import { expect } from "chai";
import { lockPlace } from "../../../src/isolation/inplace/place-lock.ts";
import { makeTemporaryDirectory } from "../../support/temporary-directory.ts";

describe("isolation/inplace/place-lock", () => {
  it("is held by one at a time, for each place", async () => {
    await using place = await makeTemporaryDirectory();
    await using other = await makeTemporaryDirectory();

    const first = await lockPlace(place.path);
    const second = await lockPlace(place.path);
    await using elsewhere = await lockPlace(other.path);
    await first?.[Symbol.asyncDispose]();
    await using again = await lockPlace(place.path);

    expect([first, elsewhere, again].map((lock) => lock !== undefined)).to.deep.equal([
      true,
      true,
      true,
    ]);
    expect(second).to.equal(undefined);
  });
});
