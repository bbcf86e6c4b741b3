import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";
import { podRoot } from "../support/identity.ts";
import { tagsOf } from "../support/registry-queries.ts";
import type { RunningSlipway } from "../support/slipway-cli.ts";

/** By which signal a build is cancelled, and as whom it runs if not as the tests do. */
const ways = [
  { name: "SIGTERM", signal: "SIGTERM", identity: undefined },
  { name: "SIGINT", signal: "SIGINT", identity: undefined },
  { name: `SIGTERM as ${podRoot.name} (needs root)`, signal: "SIGTERM", identity: podRoot },
] as const;

describe("e2e/cancel", function () {
  this.timeout(60_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  for (const { name, signal, identity } of ways) {
    it(`ends the build and what it started on ${name}, and leaves nothing`, async function () {
      if ((await identity?.prepare()) === false) this.skip();
      // The command carries the yard's path, by which `leftovers` would know it.
      const command = `echo started-$((20 + 3)); (sleep 600; :) & sleep 600; : ${yard.path("tmp")}`;
      const context = await yard.context({ Dockerfile: `FROM busybox\nRUN ${command}\n` });
      const reference = yard.reference("cancelled:1");
      const digest = yard.path("results/digest");
      const args = [`--destination=${reference}`, `--digest-file=${digest}`];
      const running = yard.start(context, args, { launcher: identity?.as ?? [] });

      await outputOf(running, "started-23");
      running.process.kill(signal);
      const result = await running.result;

      expect(result.exitCode, result.stderr).to.equal(143);
      expect(result.stderr).to.include("(CANCELLED)\n");
      expect(await yard.leftovers()).to.deep.equal([]);
      expect(await tagsOf(yard.registry.host, "cancelled")).to.deep.equal([]);
    });
  }

  it("says that the program was killed that builds in namespaces, and leaves nothing", async () => {
    const command = `echo started-$((20 + 3)); sleep 600; : ${yard.path("tmp")}`;
    const context = await yard.context({ Dockerfile: `FROM busybox\nRUN ${command}\n` });
    const running = yard.start(context, ["--no-push", "--isolation=namespace"]);

    await outputOf(running, "started-23");
    const [unshare = 0] = childrenOf(running.process.pid ?? 0);
    for (const pid of childrenOf(unshare)) process.kill(pid, "SIGKILL");
    const result = await running.result;

    expect(result.exitCode, result.stderr).to.equal(4);
    expect(result.stderr).to.include("(COMMAND_KILLED)\n").and.include("resources.limits.memory");
    expect(await yard.leftovers()).to.deep.equal([]);
  });
});

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? [] : children.split(" ").map(Number);
}

/** Waits until the process has printed `text`, or has ended without. */
async function outputOf({ process, result }: RunningSlipway, text: string): Promise<void> {
  let seen = "";
  const listen = (chunk: Buffer): void => {
    seen += chunk.toString();
    if (seen.includes(text)) process.emit("printed");
  };
  process.stdout?.on("data", listen);
  process.stderr?.on("data", listen);
  await Promise.race([once(process, "printed"), result]);
}
