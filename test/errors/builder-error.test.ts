import { expect } from "chai";
import { BuildFileError } from "../../src/errors/build-file-error.ts";
import { errorAt, isBuilderError } from "../../src/errors/builder-error.ts";
import { errorCodes } from "../../src/errors/codes.ts";
import { CommandError } from "../../src/errors/command-error.ts";
import { ContextError } from "../../src/errors/context-error.ts";
import { DockerfileError } from "../../src/errors/dockerfile-error.ts";
import { errnoOf, filesystemError } from "../../src/errors/filesystem-error.ts";
import { CancelledError, InternalError } from "../../src/errors/internal-error.ts";
import { RegistryError } from "../../src/errors/registry-error.ts";

const here = { file: "Dockerfile", firstLine: 1, lastLine: 1 };
const there = { file: "Dockerfile", firstLine: 5, lastLine: 6 };

function failed(code: string): Error {
  return Object.assign(new Error(`${code}: no`), { code });
}

describe("errors/builder-error", () => {
  it("has the exit code of its code", () => {
    expect(new RegistryError("REGISTRY_UNREACHABLE", "x").exitCode).to.equal(75);
    expect(new BuildFileError("BUILD_FILE_INVALID", "x").exitCode).to.equal(3);
    expect(new CancelledError("SIGTERM").exitCode).to.equal(143);
    expect(new InternalError("x").exitCode).to.equal(70);
  });

  it("hides secrets in message and hint", () => {
    const error = new RegistryError("REGISTRY_REJECTED", "at https://a:b@c/", {
      hint: "try https://a:b@d/",
    });

    expect(error.message).to.equal("at https://***@c/");
    expect(error.hint).to.equal("try https://***@d/");
  });

  it("keeps its cause, and the first place it was given", () => {
    const cause = new Error("deeper");
    const error = new DockerfileError("DOCKERFILE_INVALID", "x", { location: here, cause });

    expect(error.at(there).location).to.equal(here);
    expect(error.cause).to.equal(cause);
    expect(new CommandError("COMMAND_FAILED", "x").at(there).location).to.equal(there);
  });

  it("places only what is of the family", () => {
    const other = new Error("x");

    expect(errorAt(other, here)).to.equal(other);
    expect((errorAt(new InternalError("x"), here) as InternalError).location).to.equal(here);
  });

  it("tells its own errors from others, by code too", () => {
    const error = new InternalError("x");

    expect(isBuilderError(error)).to.equal(true);
    expect(isBuilderError(error, "INTERNAL")).to.equal(true);
    expect(isBuilderError(error, "CANCELLED")).to.equal(false);
    expect(isBuilderError(new Error("x"))).to.equal(false);
    expect(isBuilderError(undefined)).to.equal(false);
  });

  it("makes errors of system calls, a full disk apart", () => {
    expect(filesystemError("write", failed("ENOSPC")).code).to.equal("FILESYSTEM_NO_SPACE");
    expect(filesystemError("write", failed("EDQUOT")).code).to.equal("FILESYSTEM_NO_SPACE");
    expect(filesystemError("write", failed("EIO")).code).to.equal("FILESYSTEM_FAILED");
    expect(filesystemError("write x", "odd").message).to.equal("cannot write x: odd");
    expect(errnoOf(failed("ENOENT"))).to.equal("ENOENT");
    expect(errnoOf(Object.assign(new Error("x"), { code: 5 }))).to.equal(undefined);
    expect(errnoOf("ENOENT")).to.equal(undefined);
  });
});

describe("errors/context-error", () => {
  it("is one of the family", () => {
    const error = new ContextError("CONTEXT_NOT_FOUND", "the context is not there");

    expect(isBuilderError(error, "CONTEXT_NOT_FOUND")).to.equal(true);
    expect(error.exitCode).to.equal(5);
  });
});

describe("errors/codes", () => {
  const families: Readonly<Record<string, readonly number[]>> = {
    USAGE: [2],
    DOCKERFILE: [3],
    BUILD: [3],
    COMMAND: [4],
    ISOLATION: [14],
    CONTEXT: [5, 12, 13, 75],
    REGISTRY: [6, 10, 11, 75],
    CREDENTIALS: [10],
    IMAGE: [6, 9, 11],
    FILESYSTEM: [7, 8],
    WORK: [7],
    CANCELLED: [143],
    INTERNAL: [70],
  };
  for (const [code, { exitCode, meaning, hint }] of Object.entries(errorCodes)) {
    it(`has an exit code, a meaning and a hint for ${code}`, () => {
      expect(families[code.split("_", 1)[0] ?? ""]).to.include(exitCode);
      expect(meaning).to.match(/^[A-Z].*[^.]$/);
      expect(hint).to.match(/^[A-Z].*[^.]$/);
    });
  }
});
