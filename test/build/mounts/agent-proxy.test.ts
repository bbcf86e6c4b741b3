import { once } from "node:events";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { relative } from "node:path";
import { expect } from "chai";
import { bareFrame, readFrames } from "../../../src/build/mounts/agent-frames.ts";
import { type AgentProxy, openAgentProxy } from "../../../src/build/mounts/agent-proxy.ts";
import { errorOf } from "../../support/error-of.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const requests = { identities: 11, sign: 13, addIdentity: 17, removeAll: 19, lock: 22 };
const failure = 5;

const connect = async (proxy: AgentProxy): Promise<Socket> => {
  // A relative path, since that of a socket must not be long.
  const socket = createConnection(relative(process.cwd(), proxy.path));
  await once(socket, "connect");
  return socket;
};

const ask = async (socket: Socket, types: readonly number[]): Promise<number[]> => {
  socket.write(Buffer.concat(types.map(bareFrame)));
  const answers: number[] = [];
  for await (const answer of readFrames(socket)) {
    answers.push(answer.readUInt8(4));
    if (answers.length === types.length) break;
  }
  return answers;
};

describe("build/mounts/agent-proxy", () => {
  let place: TemporaryDirectory;
  let agent: Server;
  /** Types of the messages that the agent was asked. */
  let asked: number[];

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
    asked = [];
    // Answers with the type of the request, plus 100.
    agent = createServer((socket) => {
      void (async () => {
        for await (const request of readFrames(socket)) {
          asked.push(request.readUInt8(4));
          socket.write(bareFrame(request.readUInt8(4) + 100));
        }
      })();
    });
    await once(agent.listen(place.join("agent")), "listening");
  });

  afterEach(async () => {
    agent.close();
    await place[Symbol.asyncDispose]();
  });

  const open = (workDirectory = place.path): Promise<AgentProxy> => {
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    return openAgentProxy({ workDirectory, agent: place.join("agent"), mode: 0o640, ...owner });
  };

  it("lets keys be listed and used, and answers itself what would change them", async () => {
    await using proxy = await open();
    const { identities, addIdentity, removeAll, lock, sign } = requests;

    const answers = await ask(await connect(proxy), [
      identities,
      addIdentity,
      removeAll,
      lock,
      sign,
    ]);

    expect(answers).to.deep.equal([111, failure, failure, failure, 113]);
    expect(asked).to.deep.equal([identities, sign]);
  });

  it("has the mode that is asked for, and leaves nothing", async () => {
    const proxy = await open();
    const mode = statSync(proxy.path).mode & 0o7777;

    await proxy[Symbol.asyncDispose]();

    expect(mode).to.equal(0o640);
    expect(readdirSync(place.path)).to.deep.equal(["agent"]);
  });

  it("ends connections that are still open when it is disposed", async () => {
    const proxy = await open();
    const socket = await connect(proxy);
    const closed = once(socket.resume(), "close");

    await proxy[Symbol.asyncDispose]();

    await closed;
  });

  it("works where the path of the work directory is longer than that of a socket may be", async () => {
    const long = place.join("w".repeat(120));
    mkdirSync(long);
    await using proxy = await open(long);

    expect(statSync(proxy.path).isSocket()).to.equal(true);
  });

  it("closes a connection when there is no agent any more", async () => {
    await using proxy = await open();
    agent.close();
    const socket = createConnection(proxy.path);

    await once(socket, "close");
  });

  it("says that it cannot be made", async () => {
    const error = await errorOf(open(place.join("missing")));

    expect(error.code).to.equal("FILESYSTEM_FAILED");
  });
});
