import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Command, CommandMount } from "../../../src/isolation/isolation.ts";
import { errorOf } from "../../support/error-of.ts";
import { recordingRunner } from "../../support/recording-runner.ts";
import { StepYard } from "../../support/step-yard.ts";
import { file, link, treeOf } from "../../support/tree.ts";

const sourceOf = (command: Command | undefined, target: string): string => {
  const mount = command?.mounts.find((other) => other.target === target);
  return mount?.type === "bind" ? mount.source : "";
};

describe("build/mounts/command-mounts", () => {
  let yard: StepYard;
  let commands: Command[];
  /** Stands for the command. */
  let act: (command: Command) => void;

  beforeEach(async () => {
    yard = await StepYard.open();
    commands = [];
    act = () => undefined;
    const runner = recordingRunner({
      directory: yard.directory,
      contents: yard.contents,
      run: (command) => {
        commands.push(command);
        act(command);
      },
    });
    yard.ports = {
      runner: () => Promise.resolve(runner),
      secrets: new Map([
        ["token", Buffer.from("s3cret\n")],
        ["binary", Buffer.from([0x66, 0xff, 0x00])],
      ]),
    };
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  const mountsOf = async (instructions: string): Promise<readonly CommandMount[]> => {
    await yard.run(instructions);
    return commands.at(-1)?.mounts ?? [];
  };

  describe("bind", () => {
    beforeEach(async () => {
      await yard.write("top", "text");
      await yard.write("d/f", "deep");
    });

    it("shows the context, a directory or a file of it, with root as owner", async () => {
      const seen: unknown[] = [];
      act = (command) => {
        for (const target of ["/all", "/w/d", "/file"]) {
          const source = sourceOf(command, target);
          const stats = lstatSync(source);
          const text = stats.isDirectory() ? readdirSync(source) : readFileSync(source, "utf8");
          seen.push([text, stats.uid]);
        }
      };

      await yard.run(
        "WORKDIR /w\nRUN --mount=target=/all --mount=source=d,target=d --mount=source=./top,target=/file x",
      );

      const owner = process.getuid?.() ?? 0;
      expect(seen).to.deep.equal([
        [["d", "top"], owner],
        [["f"], owner],
        ["text", owner],
      ]);
    });

    it("writes the same files once, and a copy for each command that may write", async () => {
      await yard.run(`RUN --mount=target=/c x\nRUN --mount=target=/c x
RUN --mount=target=/c,rw x\nRUN --mount=target=/c,rw x`);

      const sources = commands.map((command) => sourceOf(command, "/c"));
      expect(sources[0]).to.equal(sources[1]);
      expect(new Set(sources)).to.have.lengthOf(3);
    });

    it("drops what is written to it", async () => {
      const seen: string[] = [];
      act = (command) => {
        const source = sourceOf(command, "/c");
        seen.push(readFileSync(join(source, "d/f"), "utf8"));
        writeFileSync(join(source, "d/f"), "changed");
      };

      await yard.run("RUN --mount=target=/c,rw x\nRUN --mount=target=/c,rw x");

      expect(seen).to.deep.equal(["deep", "deep"]);
      expect(existsSync(sourceOf(commands[0], "/c"))).to.equal(false);
    });

    it("keeps the mount points of others out of what several commands see", async () => {
      await yard.run(
        "RUN --mount=target=/c x\nRUN --mount=target=/c --mount=type=secret,id=token,target=/c/.key x",
      );

      const [first, second] = commands.map((command) => sourceOf(command, "/c"));
      expect(first).not.to.equal(second);
      expect(commands[1]?.mounts.map(({ target }) => target)).to.deep.equal(["/c", "/c/.key"]);
    });

    it("says what is not there", async () => {
      const error = await errorOf(yard.run("RUN --mount=source=nothing/../none,target=/c x"));

      expect(error.code).to.equal("CONTEXT_SOURCE_NOT_FOUND");
      expect(error.message).to.equal(`"/none": not found in the build context`);
      expect(error.location?.firstLine).to.equal(2);
    });
  });

  describe("cache", () => {
    it("keeps what commands leave, by id or else by target", async () => {
      const seen: string[][] = [];
      act = (command) => {
        for (const mount of command.mounts) {
          if (mount.type !== "bind") continue;
          seen.push(readdirSync(mount.source));
          writeFileSync(join(mount.source, `by-${mount.target.slice(1)}`), "");
        }
      };

      await yard.run(`RUN --mount=type=cache,target=/a x
RUN --mount=type=cache,target=/./a/ x
RUN --mount=type=cache,id=/a,target=/b x
RUN --mount=type=cache,id=other,target=/a x`);

      expect(seen).to.deep.equal([[], ["by-a"], ["by-a"], []]);
    });

    it("keeps caches apart by owner, mode and namespace", async () => {
      await yard.run(`RUN --mount=type=cache,target=/a x
RUN --mount=type=cache,target=/a,uid=5 x\nRUN --mount=type=cache,target=/a,mode=0700 x`);
      const buildArgs = new Map([["BUILDKIT_CACHE_MOUNT_NS", "project"]]);
      await yard.run("RUN --mount=type=cache,target=/a x", {}, { buildArgs });

      const sources = commands.map((command) => sourceOf(command, "/a"));
      expect(new Set(sources)).to.have.lengthOf(4);
      expect(lstatSync(sources[2] ?? "").mode & 0o7777).to.equal(0o700);
    });

    it("shows one directory where a command mounts a cache twice", async () => {
      const mounts = await mountsOf(
        "RUN --mount=type=cache,id=c,target=/b --mount=type=cache,id=c,target=/a,sharing=locked,ro x",
      );

      expect(mounts).to.deep.equal([
        { type: "bind", source: sourceOf(commands[0], "/b"), target: "/a", readOnly: true },
        { type: "bind", source: sourceOf(commands[0], "/b"), target: "/b", readOnly: false },
      ]);
    });

    it("says that there is no such part", async () => {
      const error = await errorOf(yard.run("RUN --mount=type=cache,source=no,target=/p x"));

      expect(error.code).to.equal("CONTEXT_SOURCE_NOT_FOUND");
      expect(error.message).to.equal(`"/no": not found in the cache`);
    });
  });

  describe("tmpfs", () => {
    it("has a size where one is given", async () => {
      const mounts = await mountsOf(
        "RUN --mount=type=tmpfs,target=/b --mount=type=tmpfs,target=/a,size=1m x",
      );

      expect(mounts).to.deep.equal([
        { type: "tmpfs", target: "/a", readOnly: false, sizeBytes: 1_048_576 },
        { type: "tmpfs", target: "/b", readOnly: false },
      ]);
    });

    it("cannot be the root", async () => {
      const error = await errorOf(yard.run("RUN --mount=type=tmpfs,target=/a/.. x"));

      expect(error.message).to.equal(`invalid mount target "/"`);
    });
  });

  describe("secret", () => {
    it("is a file of root by default, and where and whose the mount says", async () => {
      const content = Buffer.from("s3cret\n");
      const secret = { type: "secret", content } as const;

      const mounts = await mountsOf(`WORKDIR /w
RUN --mount=type=secret,id=token \\
    --mount=type=secret,target=token,mode=0440,uid=1,gid=2 x`);

      expect(mounts).to.deep.equal([
        { ...secret, target: "/run/secrets/token", mode: 0o400, uid: 0, gid: 0 },
        { ...secret, target: "/w/token", mode: 0o440, uid: 1, gid: 2 },
      ]);
    });

    it("is a variable of this command alone, and no file unless it has a target", async () => {
      const { history } = await yard.run(
        "ENV T=image\nRUN --mount=type=secret,id=token,env=T x\nRUN x",
      );

      expect(commands.map(({ env }) => env.find((pair) => pair.startsWith("T=")))).to.deep.equal([
        "T=s3cret\n",
        "T=image",
      ]);
      expect(commands[0]?.mounts).to.deep.equal([]);
      expect(history.join("\n")).not.to.include("s3cret");
    });

    it("is nothing where it is not given, unless it is required", async () => {
      const mounts = await mountsOf(
        "RUN --mount=type=secret,id=no --mount=type=secret,id=no,env=N x",
      );
      const error = await errorOf(yard.run("RUN --mount=type=secret,id=no,required x"));

      expect(mounts).to.deep.equal([]);
      expect(commands[0]?.env).to.include("N=");
      expect(error.message).to.equal("secret no: not found");
      expect(error.hint).to.include("token");
    });

    it("is no variable where it is no text, and the error does not show it", async () => {
      const error = await errorOf(yard.run("RUN --mount=type=secret,id=binary,env=B x"));

      expect(error.code).to.equal("DOCKERFILE_INVALID");
      expect(error.message).to.equal("secret binary cannot be a variable: no text");
    });
  });

  describe("ssh", () => {
    it("names its place even where no agent is, unless the stage has named one", async () => {
      await yard.run("RUN --mount=type=ssh x\nENV SSH_AUTH_SOCK=/own\nRUN --mount=type=ssh x");

      expect(commands.map(({ mounts }) => mounts)).to.deep.equal([[], []]);
      expect(commands[0]?.env).to.include("SSH_AUTH_SOCK=/run/buildkit/ssh_agent.0");
      expect(commands[1]?.env).to.include("SSH_AUTH_SOCK=/own");
    });

    it("fails without a required agent", async () => {
      const error = await errorOf(yard.run("RUN --mount=type=ssh,id=work,required=true x"));

      expect(error.message).to.equal('no ssh agent "work" is given to the build');
    });
  });

  describe("--device, --network and --security", () => {
    it("hands them on", async () => {
      await yard.run("RUN --device=/dev/null,required --network=none --security=insecure x\nRUN x");

      expect(commands[0]).to.deep.include({
        mounts: [{ type: "bind", source: "/dev/null", target: "/dev/null", readOnly: false }],
        network: "none",
        security: "insecure",
      });
      expect(commands[1]).to.deep.include({ mounts: [], network: "host", security: "sandbox" });
    });

    it("leaves a device out that is not there, unless it is required", async () => {
      expect(await mountsOf("RUN --device=/dev/no-such-device x")).to.deep.equal([]);

      const error = await errorOf(yard.run("RUN --device=/dev/no-such-device,required x"));

      expect(error.message).to.equal("there is no device /dev/no-such-device in this pod");
    });

    for (const name of ["vendor.example/class=all", "/etc/passwd", "/dev/../etc/passwd"]) {
      it(`refuses the device ${name}`, async () => {
        const error = await errorOf(yard.run(`RUN --device=${name} x`));

        expect(error.code).to.equal("DOCKERFILE_UNSUPPORTED");
      });
    }
  });

  it("shows a heredoc that is a program, for as long as it runs", async () => {
    let text = "";
    act = (command) => (text = readFileSync(join(sourceOf(command, "/dev/pipes"), "EOF"), "utf8"));

    await yard.run("RUN <<-EOF\n#!/bin/sh\n\techo $HOME\n\tEOF");

    expect(text).to.equal("#!/bin/sh\necho $HOME\n");
    expect(existsSync(sourceOf(commands[0], "/dev/pipes"))).to.equal(false);
  });

  it("follows links inside of what is mounted only", async () => {
    const tree = treeOf({ "etc/passwd": file("inside"), out: link("../../../etc/passwd") });
    let text = "";
    act = (command) => (text = readFileSync(sourceOf(command, "/p"), "utf8"));
    yard.ports = {
      ...yard.ports,
      context: {
        description: "a context",
        load: () => Promise.resolve(tree),
        ignore: undefined,
      },
    };

    await yard.run("RUN --mount=source=out,target=/p x");

    expect(text).to.equal("inside");
  });
});
