import { expect } from "chai";
import { probeIsolation } from "../../src/isolation/probe-isolation.ts";
import { errorOf } from "../support/error-of.ts";

describe("isolation/probe-isolation", () => {
  for (const choice of ["inplace", "emulated", "ptrace"] as const) {
    it(`says that there is no ${choice} yet`, async () => {
      const { signal } = new AbortController();

      const error = await errorOf(probeIsolation({ choice, workDirectory: "/", signal }));

      expect(error).to.include({
        code: "ISOLATION_UNAVAILABLE",
        message: `there is no isolation ${choice} yet`,
        hint: "Use --isolation auto or --isolation namespace",
      });
    });
  }
});
