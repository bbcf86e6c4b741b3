import { expect } from "chai";
import { UsageError } from "../../src/errors/usage-error.ts";
import { createLogger, type LoggerOptions } from "../../src/log/create-logger.ts";
import type { Logger } from "../../src/log/logger.ts";

function record(options: Partial<LoggerOptions> = {}): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLogger({
    level: "info",
    format: "text",
    timestamp: false,
    destination,
    ...options,
  });
  return { log, lines };
}

/** How many of one message per level come through. */
function linesAt(level: LoggerOptions["level"]): number {
  const { log, lines } = record({ level });
  for (const at of ["error", "warn", "info", "debug", "trace"] as const) log[at]("x");
  return lines.length;
}

describe("log/create-logger", () => {
  it("writes a line for people, fields after the message", () => {
    const { log, lines } = record();

    log.info("stage started", { stage: "build", steps: 3, note: "two words", absent: undefined });

    expect(lines).to.deep.equal(['INFO: stage started stage=build steps=3 note="two words"\n']);
  });

  it("colours lines only where asked", () => {
    const { log, lines } = record({ format: "color" });

    log.warn("careful");

    expect(lines.join("")).to.include("\u001B[33mWARN").and.include("careful");
  });

  it("begins with the time where asked", () => {
    const { log, lines } = record({ timestamp: true });

    log.info("now");

    expect(lines.join("")).to.match(/^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] INFO: now\n$/);
  });

  it("writes JSON lines with level, time and message", () => {
    const { log, lines } = record({ format: "json" });

    log.child({ component: "registry" }).info("asked", { status: 200 });

    const { time, ...rest } = JSON.parse(lines.join("")) as Record<string, unknown>;
    expect(Date.parse(String(time))).to.be.greaterThan(0);
    expect(rest).to.deep.equal({ level: "info", component: "registry", status: 200, msg: "asked" });
  });

  it("drops what is below its level", () => {
    expect(linesAt("trace")).to.equal(5);
    expect(linesAt("info")).to.equal(3);
    expect(linesAt("error")).to.equal(1);
    expect(linesAt("fatal")).to.equal(0);
    expect(linesAt("panic")).to.equal(0);
  });

  for (const format of ["text", "json"] as const) {
    it(`lets no secret through as ${format}`, () => {
      const { log, lines } = record({ format, level: "trace" });
      const secret = "hunter2hunter2";

      log.info(`get https://me:${secret}@host.example/v2/?sig=${secret}`, {
        url: `https://me:${secret}@host.example/`,
        headers: { authorization: `Bearer ${secret}`, accept: "*/*" },
        header: `Authorization: Basic ${secret}`,
        password: secret,
        registryToken: secret,
        clientSecret: secret,
        auth: secret,
        err: new UsageError("USAGE_CONFLICT", `bad https://me:${secret}@x/`),
        cause: new Error(`bad https://me:${secret}@x/`),
        list: [`https://me:${secret}@x/`, { passwd: secret }],
        map: new Map([["token", secret]]),
        body: Buffer.from(secret),
      });
      log.child({ credentials: secret }).debug("x");

      expect(lines.join("")).not.to.include(secret);
      expect(lines.join("")).to.include("host.example").and.include("USAGE_CONFLICT");
    });
  }

  it("ends a structure that contains itself", () => {
    const { log, lines } = record({ format: "json" });
    const ring: Record<string, unknown> = {};
    ring["self"] = ring;

    log.info("ring", { ring });

    expect(lines).to.have.lengthOf(1);
  });

  it("shows a status on a terminal that is to be talked to", () => {
    const shown: unknown[] = [];
    const status = (owner: object): void => void shown.push(owner);
    const destination = { write: (line: string): void => void shown.push(line), status };

    expect(record({ destination }).log.child({ step: 1 }).status).to.equal(status);
    expect(record({ destination, format: "json" }).log.status).to.equal(undefined);
    expect(record({ destination, level: "warn" }).log.status).to.equal(undefined);
    expect(record().log.status).to.equal(undefined);
  });
});
