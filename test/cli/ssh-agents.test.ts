import { once } from "node:events";
import { createServer } from "node:net";
import { relative } from "node:path";
import { expect } from "chai";
import { checkAgents, parseAgents } from "../../src/cli/ssh-agents.ts";
import { errorFrom } from "../support/error-from.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";

const parse = (texts: readonly string[], environment = {}): [string, string][] => [
  ...parseAgents("--ssh", texts, environment),
];

describe("cli/ssh-agents", () => {
  it("takes the agent of the environment where no socket is named", () => {
    expect(parse(["default", "work=/run/agent"], { SSH_AUTH_SOCK: "/own" })).to.deep.equal([
      ["default", "/own"],
      ["work", "/run/agent"],
    ]);
  });

  for (const text of ["=/run/agent", "default=", "default=key1,key2"]) {
    it(`refuses ${text}`, () => {
      const error = errorFrom(() => parse([text], { SSH_AUTH_SOCK: "/own" }));

      expect(error.message).to.equal(`--ssh does not take "${text}"`);
    });
  }

  it("says that there is no agent in the environment", () => {
    const error = errorFrom(() => parse(["default"]));

    expect(error.message).to.equal("--ssh default: SSH_AUTH_SOCK is not set");
  });

  it("makes paths of sockets absolute, and refuses what is none", async () => {
    await using place = await makeTemporaryDirectory();
    const server = createServer();
    await once(server.listen(place.join("agent")), "listening");

    const agents = checkAgents(new Map([["a", relative(process.cwd(), place.join("agent"))]]));
    const refused = [place.path, place.join("none")].map(
      (path) => errorFrom(() => checkAgents(new Map([["a", path]]))).message,
    );
    server.close();

    expect([...agents]).to.deep.equal([["a", place.join("agent")]]);
    expect(refused).to.deep.equal([
      `--ssh a: ${place.path} is no socket`,
      `--ssh a: ${place.join("none")} is no socket`,
    ]);
  });
});
