import { globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../../support/temporary-directory.ts";
import { pipelineVectors } from "../vectors.ts";
import { hasChroot, makeBusyboxRoot, runInRoot, startContainer } from "./busybox-root.ts";
import { runEntrypoint } from "./entrypoint.ts";
import { parseOptions } from "./options.ts";
import type { StepFiles } from "./step-files.ts";
import { decodeMessage } from "./termination.ts";

type Content =
  | string
  | { readonly base64: string }
  | { readonly repeat: string; readonly count: number }
  | { readonly symlink: string };

/** A run of the real entrypoint. */
interface ResultsCase {
  readonly id: string;
  /** What the command writes before it ends, by path. */
  readonly files: Readonly<Record<string, Content>>;
  /** What is there before it starts. */
  readonly before?: Readonly<Record<string, string>>;
  readonly options: readonly string[];
  readonly command?: readonly string[];
  readonly commandExit?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly expect: object;
}

const runFolder = "/tekton/run/0";
const common = [
  ["-termination_path", "/tekton/termination"],
  ["-post_file", `${runFolder}/out`],
  ["-step_metadata_dir", `${runFolder}/status`],
].flat();

const names = globSync(path.join(pipelineVectors, "results/*.json")).toSorted();

describe("pipeline/tekton/entrypoint/results (needs root, for chroot)", () => {
  let place: TemporaryDirectory;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });

  afterEach(() => place?.[Symbol.asyncDispose]());

  const answer = async (vector: ResultsCase): Promise<object> => {
    const root = await makeBusyboxRoot(place.join("root"));
    const { files } = root;
    for (const [name, text] of Object.entries(vector.before ?? {})) {
      files.makeDirectory(path.dirname(name));
      files.write(name, text);
    }
    files.makeDirectory(runFolder);
    startContainer(root);
    const output = { stdout: "", stderr: "" };
    const exitCode = await runEntrypoint(
      commandOf(vector, root.path),
      parseOptions([...common, ...vector.options]),
      {
        files,
        environment: { PATH: "/bin", ...vector.env },
        run: runInRoot(root, {
          onStdout: (text) => void (output.stdout += text),
          onStderr: (text) => void (output.stderr += text),
        }),
        say: (line) => void (output.stderr += `${line}\n`),
      },
    );
    return { exitCode, ...output, ...reportOf(files) };
  };

  const missing = names.length === 0 ? "SLIPWAY_VECTORS has none" : "that needs root";
  if (names.length === 0 || !hasChroot) {
    it(`answers as the real entrypoint does (not checked: ${missing})`);
  }
  for (const name of hasChroot ? names : []) {
    const vector = JSON.parse(readFileSync(name, "utf8")) as ResultsCase;
    it(`answers as the real entrypoint does: ${vector.id}`, async () => {
      expect(await answer(vector)).to.deep.equal({ stdout: "", stderr: "", ...vector.expect });
    });
  }
});

/** What an entrypoint left behind, in the words of the vectors. */
function reportOf(files: StepFiles): object {
  const termination = withoutTime(files.read("/tekton/termination") ?? "");
  const isCompressed = termination.startsWith("tknz:");
  const exitCodeFile = files.read(`${runFolder}/status/exitCode`);
  return {
    // How it is compressed is nobody's business.
    termination: isCompressed ? "tknz:..." : termination,
    ...(isCompressed ? {} : { terminationBytes: Buffer.byteLength(termination) }),
    decoded: decodeMessage(termination)?.map((entry) => ({
      ...entry,
      value: entry.key === "StartedAt" ? noTime : entry.value,
    })),
    postFile: readdirSync(files.place(runFolder)).filter((name) => name.startsWith("out")),
    ...(exitCodeFile === undefined ? {} : { exitCodeFile }),
  };
}

const noTime = "2000-01-01T00:00:00.000Z";

function withoutTime(message: string): string {
  return message.replace(/("StartedAt","value":")[^"]+/, `$1${noTime}`);
}

/** The command of a case: its own, or a shell that puts the files where they belong. */
function commandOf({ files, command, commandExit }: ResultsCase, root: string): readonly string[] {
  mkdirSync(path.join(root, "prepared"));
  const lines = Object.entries(files).flatMap(([name, content], index) => {
    const prepared = `/prepared/${index}`;
    if (typeof content === "object" && "symlink" in content) {
      return [`ln -s ${content.symlink} ${name}`];
    }
    writeFileSync(path.join(root, prepared), bytesOf(content));
    return [`mkdir -p ${path.dirname(name)}`, `cat ${prepared} > ${name}`];
  });
  if (command === undefined) return ["sh", "-c", [...lines, `exit ${commandExit}`].join("; ")];
  return command.map((arg) => arg.replace("<write the files>", () => lines.join("; ")));
}

function bytesOf(content: Exclude<Content, { readonly symlink: string }>): Buffer {
  if (typeof content === "string") return Buffer.from(content);
  if ("base64" in content) return Buffer.from(content.base64, "base64");
  return Buffer.from(content.repeat.repeat(content.count));
}
