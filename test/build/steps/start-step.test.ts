import { expect } from "chai";
import { errorOf } from "../../support/error-of.ts";
import { StepYard } from "../../support/step-yard.ts";
import { file, link, treeOf } from "../../support/tree.ts";

const accounts = {
  "etc/passwd": file("root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n"),
  "etc/group": file("root:x:0:\nstaff:x:50:\n"),
};

describe("build/steps/start-step", () => {
  let yard: StepYard;

  beforeEach(async () => {
    yard = await StepYard.open();
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  describe("ARG and ENV", () => {
    it("lets what comes later win, and shows RUN's history what is in force", async () => {
      const { state, history } = await yard.run("ARG A=1 B=$A\nENV A=env C=${B}x\nARG B=late");

      expect([...state.environment].slice(1)).to.deep.equal([
        ["A", "env"],
        ["B", "late"],
        ["C", "1x"],
      ]);
      expect(state.config.Env?.slice(1)).to.deep.equal(["A=env", "C=1x"]);
      expect(history).to.deep.equal([
        "ARG A=1 B=1 (empty)",
        "ENV A=env C=1x (empty)",
        "ARG B=late (empty)",
      ]);
    });

    it("takes --build-arg over the default, and knows an argument without value as unset", async () => {
      const buildArgs = new Map([["A", "given"]]);

      const { state, history } = await yard.run("ARG A=default U", {}, { buildArgs });

      expect(state.environment.get("A")).to.equal("given");
      expect(state.environment.has("U")).to.equal(false);
      expect(history).to.deep.equal(["ARG A=given U (empty)"]);
    });

    it("keeps the place of a variable that is set again", async () => {
      const config = { Env: ["PATH=/bin", "X=1", "Y=2"] };

      const { state } = await yard.run("ENV X=3", { config });

      expect(state.config.Env).to.deep.equal(["PATH=/bin", "X=3", "Y=2"]);
    });

    it("expands a whole instruction with the values from before it", async () => {
      const { state } = await yard.run("ENV a=1\nENV a=2 b=$a");

      expect(state.environment.get("b")).to.equal("1");
    });
  });

  describe("metadata", () => {
    it("sets what each instruction is for", async () => {
      const { state } = await yard.run(
        [
          "ARG who=app",
          'LABEL a="x y" b=$who',
          "USER $who:staff",
          "EXPOSE 80 53/UDP 8000-8001",
          "VOLUME /a $who",
          "STOPSIGNAL SIGQUIT",
          'SHELL ["/bin/bash", "-c"]',
          "HEALTHCHECK --interval=2s CMD curl localhost",
          "MAINTAINER Somebody",
          "ONBUILD COPY $x /y",
        ].join("\n"),
      );

      expect(state.author).to.equal("Somebody");
      expect(state.config).to.deep.include({
        Labels: { a: "x y", b: "app" },
        User: "app:staff",
        ExposedPorts: { "80/tcp": {}, "53/udp": {}, "8000/tcp": {}, "8001/tcp": {} },
        Volumes: { "/a": {}, app: {} },
        StopSignal: "SIGQUIT",
        Shell: ["/bin/bash", "-c"],
        Healthcheck: { Test: ["CMD-SHELL", "curl localhost"], Interval: 2_000_000_000 },
        OnBuild: ["COPY $x /y"],
      });
    });

    it("puts a command in shell form after the shell, and words in exec form as they are", async () => {
      const { state, history } = await yard.run('ENTRYPOINT run it\nCMD ["a", "b c"]');

      expect(state.config.Entrypoint).to.deep.equal(["/bin/sh", "-c", "run it"]);
      expect(state.config.Cmd).to.deep.equal(["a", "b c"]);
      expect(history).to.deep.equal([
        'ENTRYPOINT ["/bin/sh" "-c" "run it"] (empty)',
        'CMD ["a" "b c"] (empty)',
      ]);
    });

    it("drops an inherited CMD at ENTRYPOINT, but not the stage's own", async () => {
      const config = { Cmd: ["old"] };

      const inherited = await yard.run('ENTRYPOINT ["e"]', { config });
      const own = await yard.run('CMD ["own"]\nENTRYPOINT ["e"]', { config });

      expect(inherited.state.config.Cmd).to.equal(null);
      expect(own.state.config.Cmd).to.deep.equal(["own"]);
    });

    for (const [instruction, message] of [
      ["STOPSIGNAL SIGNONE", "invalid signal: SIGNONE"],
      ["EXPOSE http", "invalid containerPort: http"],
      ["VOLUME $nothing", "VOLUME specified can not be an empty string"],
    ] as const) {
      it(`refuses ${instruction}, with its line`, async () => {
        const error = await errorOf(yard.run(instruction));

        expect(error.message).to.include(message);
        expect(error.location?.firstLine).to.equal(2);
      });
    }
  });

  describe("WORKDIR", () => {
    it("makes what is missing, owned by the user, and follows links", async () => {
      const tree = treeOf({ ...accounts, real: 0o700, alias: link("/real") });

      const { state, files, history } = await yard.run("USER app\nWORKDIR /alias/a\nWORKDIR b", {
        tree,
      });

      expect(files).to.include("real directory 700 0:0");
      expect(files).to.include("real/a/b directory 755 1000:1001");
      expect(state.config.WorkingDir).to.equal("/alias/a/b");
      expect(history.slice(1)).to.deep.equal(["WORKDIR /alias/a", "WORKDIR /alias/a/b"]);
    });

    it("records an absolute path as written, and a relative one resolved", async () => {
      const { state, history } = await yard.run("WORKDIR /a/../b/\nWORKDIR ../c/./d/");

      expect(history).to.deep.equal(["WORKDIR /a/../b/", "WORKDIR /c/d"]);
      expect(state.config.WorkingDir).to.equal("/c/d");
    });

    it("makes no layer for the root", async () => {
      const { history } = await yard.run("WORKDIR /");

      expect(history).to.deep.equal(["WORKDIR / (empty)"]);
    });
  });

  describe("COPY", () => {
    it("copies from the context into the working directory, and tells history what was written", async () => {
      await yard.write("a.txt", "A");
      await yard.write("dir/b.txt", "B");

      const { files, history, state } = await yard.run("WORKDIR /w\nCOPY a.t?t dir sub/");

      expect(files).to.include("w/sub/a.txt file 644 0:0");
      expect(files).to.include("w/sub/b.txt file 644 0:0");
      expect(history[1]).to.equal("COPY a.t?t dir sub/ # buildkit");
      expect(state.layers).to.have.length(2);
    });

    it("names owners by the stage's own accounts", async () => {
      await yard.write("f", "F");

      const { files } = await yard.run("COPY --chown=app:staff --chmod=600 f /f", {
        tree: treeOf(accounts),
      });

      expect(files).to.include("f file 600 1000:50");
    });

    it("writes the files that stand in the Dockerfile, expanded unless quoted", async () => {
      const { files } = await yard.run('ENV W=world\nCOPY <<A <<"B" /d/\nhi $W\nA\nhi $W\nB');

      expect(files).to.include("d/A file 644 0:0 hi world\n");
      expect(files).to.include("d/B file 644 0:0 hi $W\n");
    });

    it("suggests the nearest name for a source that is not there", async () => {
      await yard.write("package.json", "{}");

      const error = await errorOf(yard.run("COPY pakage.json /"));

      expect(error.code).to.equal("CONTEXT_SOURCE_NOT_FOUND");
      expect(error.hint).to.include("/package.json");
    });

    it("makes the same layer of the same files", async () => {
      await yard.write("f", "F");

      const digests = [await yard.run("COPY f /f"), await yard.run("COPY f /f")].map(
        ({ state }) => state.layers[0]?.descriptor.digest,
      );

      expect(digests[0]).to.equal(digests[1]);
    });
  });
});
