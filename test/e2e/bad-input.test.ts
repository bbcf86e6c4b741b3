import { chmod, chown } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { type ErrorCode, errorCodes } from "../../src/errors/codes.ts";
import { BuildYard, type ContextFiles } from "../support/build-yard.ts";
import { tagsOf } from "../support/registry-queries.ts";
import type { SlipwayOptions } from "../support/slipway-cli.ts";

interface Failure {
  readonly name: string;
  readonly code: ErrorCode;
  /** What the error must say, beside its code. */
  readonly says: readonly (string | RegExp)[];
  readonly files: ContextFiles;
  readonly args?: readonly string[];
  /** Told the path of the context, before the build. */
  readonly prepare?: (context: string) => Promise<void>;
  readonly options?: SlipwayOptions;
  /** Why the case cannot be had on this machine; undefined where it can. */
  readonly impossible?: string | undefined;
}

const isRoot = process.getuid?.() === 0;

/** Nothing listens there: the port of the discard service on a loopback address of its own. */
const closedHost = "127.0.0.2:9";

const failures: readonly Failure[] = [
  {
    name: "a context that does not exist",
    code: "CONTEXT_NOT_FOUND",
    says: ["absent-directory"],
    files: { Dockerfile: "FROM busybox\n" },
    args: ["--context-sub-path=absent-directory"],
  },
  {
    name: "a context of an unknown scheme",
    code: "CONTEXT_UNSUPPORTED",
    says: ["gopher://example.com", "tar://"],
    files: { Dockerfile: "FROM busybox\n" },
    args: ["--context=gopher://example.com/source"],
  },
  {
    name: "an unknown flag",
    code: "USAGE_UNKNOWN_FLAG",
    says: ["--destination"],
    files: { Dockerfile: "FROM busybox\n" },
    args: ["--destinatoin=x"],
  },
  {
    name: "a Dockerfile that does not exist",
    code: "DOCKERFILE_NOT_FOUND",
    says: ["Dockerfile"],
    files: { readme: "" },
  },
  {
    name: "a misspelt instruction",
    code: "DOCKERFILE_SYNTAX",
    says: ["COPPY", "COPY", /Dockerfile:2|line 2/],
    files: { Dockerfile: "FROM busybox\nCOPPY a b\n" },
  },
  {
    name: "what slipway lacks so far",
    code: "DOCKERFILE_UNSUPPORTED",
    says: ["example.com/frontend:1", /Dockerfile:1|line 1/],
    files: { Dockerfile: "# syntax=example.com/frontend:1\nFROM busybox\n" },
  },
  {
    name: "a COPY source that does not exist",
    code: "CONTEXT_SOURCE_NOT_FOUND",
    says: ["cargp.txt", "cargo.txt", /Dockerfile:2|line 2/],
    files: { Dockerfile: "FROM busybox\nCOPY cargp.txt /\n", "cargo.txt": "" },
  },
  {
    name: "a file of the context that may not be read",
    code: "CONTEXT_UNREADABLE",
    says: ["secret.txt"],
    files: { Dockerfile: "FROM busybox\nCOPY secret.txt /\n", "secret.txt": "hidden\n" },
    prepare: async (context) => {
      const file = path.join(context, "secret.txt");
      if (isRoot) await chown(file, 12_345, 12_345);
      await chmod(file, 0);
    },
    // Root may read everything, unless it lacks these capabilities.
    options: isRoot
      ? { launcher: ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"] }
      : {},
  },
  {
    name: "an image that the registry does not have",
    code: "REGISTRY_NOT_FOUND",
    says: ["nowhere/to-be-found"],
    files: { Dockerfile: "FROM nowhere/to-be-found\n" },
  },
  {
    name: "a tag that the registry does not have",
    code: "REGISTRY_NOT_FOUND",
    says: ["busybox:no-such-tag"],
    files: { Dockerfile: "FROM busybox:no-such-tag\n" },
  },
  {
    name: "a registry that does not answer",
    code: "REGISTRY_UNREACHABLE",
    says: [closedHost],
    files: { Dockerfile: `FROM ${closedHost}/app\n` },
    args: [`--insecure-registry=${closedHost}`],
  },
  {
    name: "a RUN command that fails",
    code: "COMMAND_FAILED",
    says: ["exit code: 42", "the reason why", /Dockerfile:2|line 2/],
    files: { Dockerfile: "FROM busybox\nRUN echo the reason why >&2; exit 42\n" },
  },
  {
    name: "a RUN command that is killed",
    code: "COMMAND_FAILED",
    says: ["exit code: 137", "memory limit"],
    files: { Dockerfile: "FROM busybox\nRUN sh -c 'kill -9 $$'; exit $?\n" },
  },
  {
    name: "a disk that is full",
    code: "FILESYSTEM_NO_SPACE",
    says: [/no space is left in \S+, where .* of 256 KiB are free/, "emptyDir.sizeLimit"],
    files: { Dockerfile: "FROM busybox\nRUN true\n" },
    options: { launcher: ["unshare", "--mount", "sh", "-c", smallDisk("256k"), "sh"] },
    impossible: isRoot ? undefined : "a small file system can be mounted by root only",
  },
  {
    name: "a RUN command that fills the disk",
    code: "COMMAND_FAILED",
    says: ["No space left on device", /The disk that \S+ is on is full/, "emptyDir.sizeLimit"],
    files: { Dockerfile: "FROM busybox\nRUN dd if=/dev/zero of=/large bs=64k\n" },
    options: { launcher: ["unshare", "--mount", "sh", "-c", smallDisk("16m"), "sh"] },
    impossible: isRoot ? undefined : "a small file system can be mounted by root only",
  },
];

describe("e2e/bad-input", function () {
  this.timeout(120_000);
  let yard: BuildYard;

  beforeEach(async () => {
    yard = await BuildYard.open();
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  for (const failure of failures) {
    it(`reports ${failure.name} and leaves nothing`, async function () {
      if (failure.impossible !== undefined) this.skip();
      const context = await yard.context(failure.files);
      await failure.prepare?.(context);

      const args = [
        `--destination=${yard.reference("failed:1")}`,
        `--digest-file=${yard.path("results/digest")}`,
        `--image-url-file=${yard.path("results/url")}`,
      ];
      const result = await yard.build(context, [...args, ...(failure.args ?? [])], failure.options);

      expect(result.stderr)
        .to.include(`(${failure.code})\n`)
        .and.to.match(/^hint: ./m);
      const missing = failure.says.filter((part) => !occurs(part, result.stderr));
      expect(missing, result.stderr).to.deep.equal([]);
      expect(result.exitCode).to.equal(errorCodes[failure.code].exitCode);
      expect(result.stdout).to.equal("");
      expect(await yard.leftovers()).to.deep.equal([]);
      expect(await tagsOf(yard.registry.host, "failed")).to.deep.equal([]);
    });
  }
});

/** Whether `part` occurs in `text`. */
function occurs(part: string | RegExp, text: string): boolean {
  return typeof part === "string" ? text.includes(part) : part.test(text);
}

/** A shell script that gives its arguments, as a command, a temporary directory of `size`. */
function smallDisk(size: string): string {
  return `mount -t tmpfs -o size=${size} small "$TMPDIR" && exec "$@"`;
}
