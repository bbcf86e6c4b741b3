import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { expect } from "chai";
import { Attempt } from "../../../src/context/buckets/attempt.ts";
import { startWebServer } from "../../support/web-server.ts";

const forever = new AbortController().signal;

/** What is asked of a server that begins an answer, or not even that, and does not go on. */
async function ask(attempt: Attempt, begins: boolean): Promise<string> {
  await using web = await startWebServer((_request, response) => {
    if (begins) response.write("begun");
  });
  const answer = await attempt.waitFor(async () => {
    const [message] = await once(get(`http://${web.host}/`), "response");
    return message as IncomingMessage;
  });
  let all = "";
  for await (const piece of attempt.idleAware<Buffer>(answer)) all += piece.toString();
  return all;
}

function nameOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => (error as Error).name,
  );
}

describe("context/buckets/attempt", () => {
  for (const begins of [false, true]) {
    it(`gives an answer up that does not ${begins ? "go on" : "begin"}`, async () => {
      expect(await nameOf(ask(new Attempt(forever, 50), begins))).to.equal("TimeoutError");
    });
  }

  it("ends when its signal says so", async () => {
    const ended = AbortSignal.abort(new RangeError("enough"));

    expect(await nameOf(ask(new Attempt(ended), true))).to.equal("RangeError");
  });
});
