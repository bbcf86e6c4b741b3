import { existsSync, rmSync } from "node:fs";
import { expect } from "chai";
import { buildOnRung, type ClimbOptions } from "../../../src/cli/rungs/climb.ts";
import { examineLadder } from "../../../src/cli/rungs/examine.ts";
import type { Attempt, Rung } from "../../../src/cli/rungs/rung.ts";
import type { IsolationName } from "../../../src/isolation/isolation.ts";
import type { Refusal } from "../../../src/isolation/refusal.ts";
import { silentLogger } from "../../../src/log/logger.ts";
import { errorOf } from "../../support/error-of.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const refusal = (rung: IsolationName): Refusal => ({ rung, reason: "no", remedy: `allow ${rung}` });

/** A rung that works nowhere, and takes the work directory away. */
const refuses =
  (name: IsolationName): Attempt =>
  ({ workDirectory }) => {
    rmSync(workDirectory, { recursive: true });
    return Promise.resolve({ kind: "refused", refusals: [refusal(name)] });
  };

const works =
  (name: IsolationName): Attempt =>
  async ({ workDirectory }, build) => {
    const rung: Rung = {
      isolation: {
        name,
        mounts: "emulated",
        run: () => Promise.reject(new Error("nothing is run here")),
      },
      directory: workDirectory,
      keepsOwners: true,
      openRoots: () => {
        throw new Error("no root is opened here");
      },
    };
    return { kind: "exited", code: await build(rung) };
  };

const dies: Attempt = () => Promise.resolve({ kind: "exited", code: 137 });

/** A build that works with ptrace only. */
function codeOf({ isolation }: Rung): Promise<number> {
  return Promise.resolve(isolation.name === "ptrace" ? 0 : 1);
}

describe("cli/rungs/climb", () => {
  let place: TemporaryDirectory;
  let options: ClimbOptions;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
    const signal = new AbortController().signal;
    options = {
      choice: "auto",
      force: false,
      staying: [],
      workDirectory: place.path,
      signal,
      log: silentLogger,
    };
  });

  afterEach(() => place[Symbol.asyncDispose]());

  it("builds on the first rung that works, and tells why it is no stronger one", async () => {
    const rungs = {
      namespace: refuses("namespace"),
      inplace: works("inplace"),
      ptrace: works("ptrace"),
    };
    const taken: unknown[] = [];

    const code = await buildOnRung(
      options,
      ({ isolation, directory }, refusals) => {
        taken.push(isolation.name, existsSync(directory), refusals);
        return Promise.resolve(3);
      },
      rungs,
    );

    expect(code).to.equal(3);
    expect(taken).to.deep.equal(["inplace", true, [refusal("namespace")]]);
  });

  it("builds on the rung that is chosen, or on none", async () => {
    const rungs = {
      namespace: works("namespace"),
      inplace: refuses("inplace"),
      ptrace: works("ptrace"),
    };

    const code = await buildOnRung({ ...options, choice: "ptrace" }, codeOf, rungs);
    const error = await errorOf(buildOnRung({ ...options, choice: "inplace" }, codeOf, rungs));

    expect(code).to.equal(0);
    expect(error.code).to.equal("ISOLATION_UNAVAILABLE");
    expect(error.hint).to.equal("One of these permits it: for inplace, allow inplace");
  });

  it("takes a rung for refused whose attempt fails otherwise", async () => {
    const [report] = await examineLadder(options, { namespace: dies });

    expect(report).to.have.nested.property(
      "refusals[0].reason",
      "the attempt ended with exit code 137",
    );
  });

  it("examines all rungs, or the one that is chosen, by the same attempts", async () => {
    const rungs = {
      namespace: refuses("namespace"),
      inplace: works("inplace"),
      ptrace: refuses("ptrace"),
    };

    const all = await examineLadder(options, rungs);
    const one = await examineLadder({ ...options, choice: "ptrace" }, rungs);

    expect(all).to.deep.equal([
      { name: "namespace", works: false, refusals: [refusal("namespace")] },
      { name: "inplace", works: true, notes: [] },
      { name: "ptrace", works: false, refusals: [refusal("ptrace")] },
    ]);
    expect(one).to.deep.equal(all.slice(2));
  });
});
