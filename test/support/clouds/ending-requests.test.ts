import { once } from "node:events";
import { get } from "node:http";
import { expect } from "chai";
import { endingRequests } from "../../../src/support/clouds/ending-requests.ts";
import { startWebServer } from "../web-server.ts";

describe("support/clouds/ending-requests", () => {
  it("ends a request that was made in its work when the signal comes, and no other", async () => {
    let arrived = 0;
    const { promise: bothArrived, resolve: countedBoth } = Promise.withResolvers<void>();
    const answers: (() => void)[] = [];
    await using server = await startWebServer((_request, response) => {
      arrived += 1;
      answers.push(() => response.end("late"));
      if (arrived === 2) countedBoth();
    });
    const stop = new AbortController();
    const url = `http://${server.host}/`;
    const mine = await endingRequests(stop.signal, () => Promise.resolve(get(url)));
    const other = get(url);
    const otherAnswered = once(other, "response");
    await bothArrived;

    const ended = once(mine, "error");
    stop.abort();
    const [error] = (await ended) as [NodeJS.ErrnoException];
    for (const answer of answers) answer();
    const [response] = (await otherAnswered) as [{ statusCode: number; resume: () => void }];
    response.resume();

    expect(error.code).to.equal("ECONNRESET");
    expect(response.statusCode).to.equal(200);
  });

  it("ends one that is made after the signal", async () => {
    await using server = await startWebServer((_request, response) => {
      response.end();
    });
    const url = `http://${server.host}/`;

    const late = await endingRequests(AbortSignal.abort(), () => Promise.resolve(get(url)));

    const [error] = (await once(late, "error")) as [NodeJS.ErrnoException];
    expect(error.code).to.equal("ECONNRESET");
  });
});
