import { expect } from "chai";
import { holdLog } from "../../src/log/held-logger.ts";
import type { LogFields, Logger } from "../../src/log/logger.ts";

const never = 2_000_000_000;

/** A logger that keeps what it is told. */
function recorder(said: string[], around: LogFields = {}): Logger {
  const say =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      said.push(`${level} ${message} ${JSON.stringify({ ...around, ...fields })}`);
    };
  return {
    error: say("error"),
    warn: say("warn"),
    info: say("info"),
    debug: say("debug"),
    trace: say("trace"),
    child: (fields) => recorder(said, { ...around, ...fields }),
  };
}

describe("log/held-logger", () => {
  it("says what it held when it is released, in order, and the rest at once", () => {
    const said: string[] = [];
    const { logger, release } = holdLog(recorder(said), never);
    const child = logger.child({ stage: "a" });
    logger.info("one");
    child.warn("two", { n: 2 });
    expect(said).to.deep.equal([]);

    release();
    child.debug("three");
    logger.trace("four");

    expect(said).to.deep.equal([
      "info one {}",
      'warn two {"stage":"a","n":2}',
      'debug three {"stage":"a"}',
      "trace four {}",
    ]);
  });

  it("says no more than warnings and errors when it is dropped", () => {
    const said: string[] = [];
    const { logger, release, drop } = holdLog(recorder(said), never);
    logger.info("one");
    logger.warn("two");
    logger.debug("three");
    logger.error("four");

    drop();
    release();

    expect(said).to.deep.equal(["warn two {}", "error four {}"]);
  });

  it("does not hold for longer than it is told", async () => {
    const said: string[] = [];
    const all = Promise.withResolvers<void>();
    const { logger } = holdLog({ ...recorder(said), info: () => all.resolve() }, 1);
    logger.info("one");

    await all.promise;
  });
});
