import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import type { BuildPorts, BuildRequest, Runner } from "../../src/build/ports.ts";
import { CancelledError } from "../../src/errors/internal-error.ts";
import type { ExitStatus, Isolation } from "../../src/isolation/isolation.ts";
import { parseNamedContext } from "../../src/plan/named-context.ts";
import { errorOf } from "../support/error-of.ts";
import { memoryLayer } from "../support/memory-layer.ts";
import { pulledImage } from "../support/pulled-image.ts";
import { recordingRunner } from "../support/recording-runner.ts";
import { StepYard } from "../support/step-yard.ts";
import { file, treeOf } from "../support/tree.ts";

const linux = { os: "linux", architecture: "amd64" };
const done: ExitStatus = { code: 0, signal: undefined };
const killed: ExitStatus = { code: undefined, signal: "SIGKILL" };

type RunCommand = (line: string, signal: AbortSignal) => Promise<ExitStatus>;

describe("build/session", () => {
  let yard: StepYard;

  beforeEach(async () => {
    yard = await StepYard.open();
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  it("builds each stage once, and resolves each image once", async () => {
    const events: string[] = [];
    const layer = await memoryLayer([]);
    commandsAre((line) => {
      events.push(line);
      return Promise.resolve(done);
    });
    portsAre({
      pull: ({ reference }) => {
        events.push(reference.path);
        return Promise.resolve(pulledImage([layer]));
      },
    });

    await yard.build(`
FROM base AS a
RUN ["first"]
FROM a AS b
RUN ["second"]
FROM base AS c
COPY --from=a / /a/
FROM b
COPY --from=c / /c/
COPY --from=base / /base/
`);

    expect(events).to.deep.equal(["library/base", "first", "second"]);
  });

  it("builds stages that do not need each other at the same time", async () => {
    const all = Promise.withResolvers<void>();
    const running = new Set<string>();
    commandsAre(async (line) => {
      running.add(line);
      if (running.size === 3) all.resolve();
      await all.promise;
      return done;
    });

    await yard.build(
      `
FROM scratch AS a
RUN ["a"]
FROM scratch AS b
RUN ["b"]
FROM scratch
RUN ["c"]
COPY --from=a / /
COPY --from=b / /
`,
      { maxParallelism: 3 },
    );

    expect([...running].toSorted()).to.deep.equal(["a", "b", "c"]);
  });

  it("gets through with a single place, whatever waits for what", async () => {
    const order: string[] = [];
    commandsAre((line) => {
      order.push(line);
      return Promise.resolve(done);
    });
    portsAre({
      pull: () => {
        const config = { OnBuild: ["COPY --from=late / /late/"] };
        return Promise.resolve(pulledImage([], { config }));
      },
    });

    await yard.build(
      `
FROM scratch AS late
RUN ["late"]
FROM scratch AS a
RUN ["a"]
FROM base AS b
COPY --from=a / /
RUN --mount=type=bind,from=a,target=/mnt ["b"]
FROM b
COPY --from=late / /
COPY --from=b / /
RUN ["c"]
`,
      { maxParallelism: 1 },
    );

    expect(order.toSorted()).to.deep.equal(["a", "b", "c", "late"]);
    expect(order.indexOf("b")).to.be.greaterThan(order.indexOf("a"));
    expect(order.at(-1)).to.equal("c");
  });

  it("carries out no more steps at the same time than there are places", async () => {
    await using session = yard.session("FROM scratch", { maxParallelism: 2 });
    const ends = [1, 2, 3].map(() => Promise.withResolvers<void>());
    const started: number[] = [];

    const steps = ends.map(({ promise }, index) =>
      session.step(() => {
        started.push(index);
        return promise;
      }),
    );
    await setImmediate();
    const first = [...started];
    ends[1]?.resolve();
    await steps[1];
    await setImmediate();

    expect(first).to.deep.equal([0, 1]);
    expect(started).to.deep.equal([0, 1, 2]);
    for (const { resolve } of ends) resolve();
    await Promise.all(steps);
  });

  it("ends all other stages when one fails, and says why that one did", async () => {
    const begun = Promise.withResolvers<void>();
    const ended: string[] = [];
    commandsAre(async (line, signal) => {
      if (line === "bad") {
        await begun.promise;
        return { code: 7, signal: undefined };
      }
      begun.resolve();
      await aborted(signal);
      ended.push(line);
      return killed;
    });

    const error = await errorOf(
      yard.build(`FROM scratch AS slow
RUN ["slow"]
RUN ["never"]
FROM scratch AS bad
RUN ["bad"]
FROM scratch
COPY --from=slow / /
COPY --from=bad / /
`),
    );

    expect(error.code).to.equal("COMMAND_FAILED");
    expect(error.location).to.include({ firstLine: 5 });
    expect(ended).to.deep.equal(["slow"]);
  });

  it("ends all stages when the build is cancelled", async () => {
    const cancel = new AbortController();
    const begun: string[] = [];
    portsAre({ signal: cancel.signal });
    commandsAre(async (line, signal) => {
      begun.push(line);
      cancel.abort(new CancelledError("SIGTERM"));
      await aborted(signal);
      return killed;
    });

    const error = await errorOf(yard.build('FROM scratch\nRUN ["slow"]\nRUN ["never"]\n'));

    expect(error.code).to.equal("COMMAND_KILLED");
    expect(begun).to.deep.equal(["slow"]);
  });

  it("tells a pull that is under way that it is in vain", async () => {
    const pulling = Promise.withResolvers<AbortSignal>();
    commandsAre(async () => {
      await pulling.promise;
      return { code: 1, signal: undefined };
    });
    portsAre({
      pull: async ({ signal = new AbortController().signal }) => {
        pulling.resolve(signal);
        await aborted(signal);
        throw signal.reason;
      },
    });

    const error = await errorOf(
      yard.build('FROM scratch AS bad\nRUN ["bad"]\nFROM base\nCOPY --from=bad / /\n'),
    );

    expect(error.code).to.equal("COMMAND_FAILED");
    expect((await pulling.promise).aborted).to.equal(true);
  });

  describe("with named contexts", () => {
    const opened: string[] = [];
    const asked: string[][] = [];

    beforeEach(() => {
      opened.length = 0;
      asked.length = 0;
      portsAre({
        openContext: (location) => {
          opened.push(location);
          const tree = treeOf({ "a.txt": file("a"), "sub/b.txt": file("b") });
          return Promise.resolve({
            description: location,
            ignore: undefined,
            load: (patterns) => {
              asked.push(patterns.map(({ literal }) => literal));
              return Promise.resolve(tree);
            },
          });
        },
      });
    });

    it("opens only what is used, once, and loads only what is asked for", async () => {
      await yard.build(
        "FROM scratch\nCOPY --from=one a.txt /\nCOPY --from=one sub/b.txt /\n",
        contexts({ one: "first", two: "second" }),
      );

      expect(opened).to.deep.equal(["first"]);
      expect(asked).to.deep.equal([["a.txt"], ["sub/b.txt"]]);
    });

    it("makes a layer of a context that a stage is built from", async () => {
      const image = await yard.build("FROM one\nLABEL a=1\n", contexts({ one: "first" }));

      const config = JSON.parse(image.config.bytes.toString()) as {
        history: { created_by: string }[];
      };
      expect(image.layers).to.have.lengthOf(1);
      expect(config.history.map((entry) => entry.created_by)).to.deep.equal([
        "[context one] load from client",
        "LABEL a=1",
      ]);
      expect(asked).to.deep.equal([[""]]);
    });

    it("carries out no triggers in a stage that an image replaces", async () => {
      const config = { OnBuild: ["RUN never"] };
      portsAre({ pull: () => Promise.resolve(pulledImage([], { config })) });

      const image = await yard.build(
        "FROM scratch AS base\nRUN never\n",
        contexts({ base: "docker-image://base" }),
      );

      const { config: written } = JSON.parse(image.config.bytes.toString()) as { config: object };
      expect(written).to.deep.include(config);
    });
  });

  function portsAre(ports: Partial<BuildPorts>): void {
    yard.ports = { ...yard.ports, ...ports };
  }

  /** Calls `run` in the place of each command, with its first word. */
  function commandsAre(run: RunCommand): void {
    const parts = { directory: yard.directory, contents: yard.contents, run: () => undefined };
    const isolation: Isolation = {
      name: "namespace",
      mounts: "kernel",
      run: (_root, { args: [line = ""] }, { signal }) => run(line, signal),
    };
    const runner: Runner = { ...recordingRunner(parts), isolation };
    portsAre({ runner: () => Promise.resolve(runner) });
  }
});

/** Named contexts as a part of a request. */
function contexts(values: Readonly<Record<string, string>>): Pick<BuildRequest, "namedContexts"> {
  const named = Object.entries(values).map(([name, value]) =>
    parseNamedContext(name, value, linux),
  );
  return { namedContexts: new Map(named) };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
