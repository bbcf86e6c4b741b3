import { get } from "node:http";
import { expect } from "chai";
import { type Login, logIn } from "../../../../src/registry/credentials/cloud/cloud.ts";
import { errorOf } from "../../../support/error-of.ts";
import { startWebServer } from "../../../support/web-server.ts";

const warnings: string[] = [];
const login: Login = {
  environment: {},
  warn: (text) => warnings.push(text),
  host: "registry.test",
  identity: "the test",
  what: "Test token",
  mustWork: () => true,
};

/** Asks by node:http, as SDKs do, and gives how that ended. */
const failureOf = (host: string) =>
  new Promise<string>((resolve) => {
    get(`http://${host}/`).on("error", ({ message }) => resolve(message));
  });

describe("registry/credentials/cloud/cloud", () => {
  beforeEach(() => warnings.splice(0));

  it("ends the requests of work that takes too long, those that it makes later as well", async () => {
    await using server = await startWebServer(() => undefined);
    const ended: string[] = [];
    const retries = Promise.withResolvers<void>();
    const work = async (): Promise<never> => {
      ended.push(await failureOf(server.host), await failureOf(server.host));
      retries.resolve();
      throw new Error("nobody waits for this");
    };

    const error = await errorOf(logIn({ ...login, timeoutMs: 50 }, work));
    await retries.promise;

    expect(error.message).to.equal("cannot log in to registry.test by the test: it took too long");
    expect(ended).to.deep.equal(["socket hang up", "socket hang up"]);
  });

  it("fails with the reason in one short line, without the request that SDKs keep", async () => {
    const reason = new Error(`no\n  such   identity ${"x".repeat(1000)}`);
    Object.assign(reason, { config: { secret: "tell-nobody" } });

    const error = await errorOf(logIn(login, () => Promise.reject(reason)));

    expect(error.code).to.equal("CREDENTIALS_INVALID");
    expect(error.message)
      .to.include("by the test: no such identity xxx")
      .and.to.have.length.below(600);
    expect(error.cause).to.equal(undefined);
  });

  it("goes on with a warning where a failure may be", async () => {
    const lenient = { ...login, mustWork: () => false };

    const answer = await logIn(lenient, () => Promise.reject(new TypeError("no")));

    expect(answer).to.have.property("kind", "absent");
    expect(warnings).to.deep.equal([
      "cannot log in to registry.test by the test: no; going on without credentials",
    ]);
  });

  it("ends with the reason of the signal, whatever may fail", async () => {
    const reason = new Error("stop");
    const failed = await logIn(
      { ...login, mustWork: () => false, signal: AbortSignal.abort(reason) },
      () => Promise.resolve(undefined),
    ).catch((error: unknown) => error);

    expect(failed).to.equal(reason);
    expect(warnings).to.deep.equal([]);
  });
});
