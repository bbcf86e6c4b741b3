import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { canRestrictFiles } from "../../src/rootfs/landlock.ts";
import { landlockVersion } from "../../src/rootfs/posix-restrict.ts";
import { runProgram } from "../../src/support/process.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";

const module = (name: string): string => new URL(`../../src/rootfs/${name}`, import.meta.url).href;

/** Restricts itself to some files of the directory that it is given, and tells what it can do then. */
const script = `
  import { readFileSync, writeFileSync } from "node:fs";
  import { restrictFiles } from "${module("landlock.ts")}";
  import { forbidNewPrivileges } from "${module("posix-restrict.ts")}";
  const at = (name) => process.argv[1] + "/" + name;
  const attempt = (action) => {
    try { action(); return "done"; } catch (error) { return error.code; }
  };
  forbidNewPrivileges();
  restrictFiles({ read: [at("read")], write: [at("write")], use: [at("used")] });
  process.stdout.write(JSON.stringify([
    attempt(() => readFileSync(at("read/file"))),
    attempt(() => writeFileSync(at("read/new"), "")),
    attempt(() => writeFileSync(at("write/new"), "")),
    attempt(() => readFileSync(at("used"))),
    attempt(() => readFileSync(at("hidden"))),
    attempt(() => readFileSync("/etc/passwd")),
    attempt(() => process.kill(process.ppid, 0)),
  ]));
`;

describe("rootfs/landlock", () => {
  it("lets a process open what it is shown, and do nothing to others", async function () {
    // Kernels older than 5.19 have no such thing.
    if (!canRestrictFiles()) this.skip();
    await using place = await makeTemporaryDirectory();
    for (const name of ["read", "write"]) mkdirSync(place.join(name));
    for (const name of ["read/file", "used", "hidden"]) writeFileSync(place.join(name), "text");

    const node = [process.execPath, "--input-type=module-typescript", "-e", script] as const;
    const result = await runProgram([...node, place.path]);

    const said = result.kind === "exited" ? result.stdout.toString() : result.kind;
    expect(JSON.parse(said)).to.deep.equal([
      "done",
      "EACCES",
      "done",
      "done",
      "EACCES",
      "EACCES",
      // Since Linux 6.12.
      landlockVersion() >= 6 ? "EPERM" : "done",
    ]);
    expect(readdirSync(place.join("write"))).to.deep.equal(["new"]);
  });
});
