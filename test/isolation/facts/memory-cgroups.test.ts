import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { memoryFacts, watchOomKills } from "../../../src/isolation/facts/memory-cgroups.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

describe("isolation/facts/memory-cgroups", () => {
  let root: TemporaryDirectory;
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(root.join(name)), { recursive: true });
      writeFileSync(root.join(name), text);
    }
  };

  beforeEach(async () => {
    root = await makeTemporaryDirectory();
  });

  afterEach(() => root[Symbol.asyncDispose]());

  it("reads version 2, in a cgroup namespace", () => {
    write({
      "proc/self/cgroup": "0::/\n",
      "sys/fs/cgroup/memory.max": "268435456\n",
      "sys/fs/cgroup/memory.events": "low 0\nhigh 0\nmax 7\noom 2\noom_kill 3\n",
    });

    expect(memoryFacts(root.path)).to.deep.equal({ limit: 268435456, oomKills: 3 });
  });

  it("takes the least limit of its own and those above", () => {
    write({
      "proc/self/cgroup": "0::/pod/container\n",
      "sys/fs/cgroup/pod/memory.max": "1000\n",
      "sys/fs/cgroup/pod/container/memory.max": "max\n",
    });

    expect(memoryFacts(root.path).limit).to.equal(1000);
  });

  it("reads version 1, whose paths may be those of the node", () => {
    write({
      "proc/self/cgroup": "5:cpu:/\n4:memory:/kubepods/pod1/abc\n0::/\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "5000\n",
      "sys/fs/cgroup/memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
    });

    expect(memoryFacts(root.path)).to.deep.equal({ limit: 5000, oomKills: 1 });
  });

  it("knows that there is no limit", () => {
    write({
      "proc/self/cgroup": "4:memory:/\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    });

    expect(memoryFacts(root.path)).to.deep.equal({ limit: null, oomKills: null });
    expect(watchOomKills(root.path)()).to.equal(null);
  });

  it("counts what is killed later, by a file that is kept open", () => {
    const events = "sys/fs/cgroup/memory.events";
    write({ "proc/self/cgroup": "0::/\n", [events]: "oom_kill 5\n" });
    const kills = watchOomKills(root.path);

    const before = kills();
    write({ [events]: "oom_kill 7\n", "proc/self/cgroup": "" });

    expect([before, kills()]).to.deep.equal([0, 2]);
  });
});
