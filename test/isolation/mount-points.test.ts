import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { expect } from "chai";
import { makeDirectoryInRoot, prepareMountPoints } from "../../src/isolation/mount-points.ts";
import { setTimes } from "../../src/rootfs/posix.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

const time = { seconds: 1_600_000_000, nanoseconds: 123_456_789 };
const timeNs = 1_600_000_000_123_456_789n;

describe("isolation/mount-points", () => {
  let root: TemporaryDirectory;
  beforeEach(async () => {
    root = await makeTemporaryDirectory();
    mkdirSync(root.join("etc"));
    for (const directory of [root.join("etc"), root.path]) setTimes(directory, time);
  });
  afterEach(async () => root[Symbol.asyncDispose]());

  const timeOf = (...names: string[]): bigint =>
    lstatSync(root.join(...names), { bigint: true }).mtimeNs;

  it("makes what is missing and takes it away without a trace", () => {
    const points = prepareMountPoints(root.path, [
      { target: "/etc/hosts", kind: "file" },
      { target: "/run/secrets/key", kind: "file" },
      { target: "/proc", kind: "directory" },
    ]);

    expect(points.targets).to.deep.equal(["/etc/hosts", "/run/secrets/key", "/proc"]);
    expect(statSync(root.join("run/secrets/key")).isFile()).to.equal(true);
    expect(statSync(root.join("run")).mode & 0o777).to.equal(0o755);
    expect(statSync(root.join("proc")).isDirectory()).to.equal(true);
    expect([timeOf(), timeOf("etc")]).to.deep.equal([timeNs, timeNs]);

    points.remove();

    expect(readdirSync(root.path, { recursive: true })).to.deep.equal(["etc"]);
    expect([timeOf(), timeOf("etc")]).to.deep.equal([timeNs, timeNs]);
  });

  it("leaves what was there, and what the command made", () => {
    writeFileSync(root.join("etc/hosts"), "");
    const points = prepareMountPoints(root.path, [
      { target: "/etc/hosts", kind: "file" },
      { target: "/etc/resolv.conf", kind: "file" },
      { target: "/srv/mount", kind: "directory" },
      { target: "/filled", kind: "file" },
    ]);
    writeFileSync(root.join("srv/made"), "");
    writeFileSync(root.join("filled"), "text");

    points.remove();

    expect(readdirSync(root.join("etc"))).to.deep.equal(["hosts"]);
    expect(readdirSync(root.join("srv"))).to.deep.equal(["made"]);
    expect(existsSync(root.join("filled"))).to.equal(true);
  });

  it("does not mind when the command removed or replaced a stub", () => {
    const points = prepareMountPoints(root.path, [
      { target: "/one", kind: "file" },
      { target: "/two", kind: "directory" },
    ]);
    const other = root.join("other");
    writeFileSync(other, "");
    renameSync(other, root.join("one"));
    rmdirSync(root.join("two"));

    points.remove();

    expect(readdirSync(root.path)).to.have.members(["etc", "one"]);
  });

  it("follows links inside the root only", () => {
    symlinkSync("/../../etc/elsewhere", root.join("etc/resolv.conf"));

    const points = prepareMountPoints(root.path, [{ target: "/etc/resolv.conf", kind: "file" }]);

    expect(points.targets).to.deep.equal(["/etc/elsewhere"]);
    expect(readdirSync(root.join("etc"))).to.have.members(["elsewhere", "resolv.conf"]);
    points.remove();
    expect(readdirSync(root.join("etc"))).to.deep.equal(["resolv.conf"]);
  });

  it("makes nothing in what an earlier mount covers", () => {
    prepareMountPoints(root.path, [
      { target: "/dev", kind: "directory" },
      { target: "/dev/shm/x", kind: "file" },
    ]);

    expect(readdirSync(root.join("dev"))).to.deep.equal([]);
  });

  it("makes directories that stay, with mode 755 and inside the root", () => {
    symlinkSync("/../opt", root.join("link"));

    makeDirectoryInRoot(root.path, "/link/a/b");

    expect(statSync(root.join("opt/a/b")).mode & 0o777).to.equal(0o755);
  });
});
