import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { withLentPermissions } from "../../src/layer/lent-permissions.ts";
import { restrictedUser } from "../support/identity.ts";
import { inProcess, type ScenarioPlace } from "../support/namespace.ts";

const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

export const closed = ({ directory }: ScenarioPlace): Promise<unknown> => {
  const [outer, inner] = [`${directory}/outer`, `${directory}/outer/inner`];
  mkdirSync(inner, { recursive: true });
  writeFileSync(`${inner}/file`, "text");
  for (const [path, bits] of [
    [`${inner}/file`, 0],
    [inner, 0o2311],
    [outer, 0],
  ] as const) {
    chmodSync(path, bits);
  }
  const text = withLentPermissions(`${inner}/file`, () => readFileSync(`${inner}/file`, "utf8"));
  const outerMode = mode(outer);
  chmodSync(outer, 0o700);
  return Promise.resolve([text, outerMode, mode(inner), mode(`${inner}/file`)]);
};

export const others = (): Promise<unknown> => {
  try {
    withLentPermissions("/etc/shadow", () => readFileSync("/etc/shadow"));
    return Promise.resolve("read");
  } catch (error) {
    return Promise.resolve((error as NodeJS.ErrnoException).code);
  }
};

describe("layer/lent-permissions", function () {
  this.timeout(30_000);
  before(async function () {
    if (!(await restrictedUser.prepare())) this.skip();
  });
  const options = { from: import.meta.url, as: restrictedUser.as };

  it("reaches a file of its own behind any permission bits, and leaves them as they were", async () => {
    expect(await inProcess(closed, options)).to.deep.equal(["text", "0", "2311", "0"]);
  });

  it("does not help with files of others", async () => {
    expect(await inProcess(others, options)).to.equal("EACCES");
  });
});
