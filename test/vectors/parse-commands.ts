import { expandWord } from "../../src/dockerfile/expansion/expand.ts";
import type {
  CopySpecification,
  ExposeInstruction,
  HealthcheckInstruction,
  Instruction,
  RunInstruction,
} from "../../src/dockerfile/instruction.ts";
import { parseDevice } from "../../src/dockerfile/instructions/device.ts";
import type { Mount } from "../../src/dockerfile/instructions/mount.ts";
import { parseMounts } from "../../src/dockerfile/instructions/run-mount.ts";
import { parseExposedPorts } from "../../src/dockerfile/ports.ts";
import { isBuilderError } from "../../src/errors/builder-error.ts";
import type { SourceLocation } from "../../src/errors/source-location.ts";

/** A command as parse.json has it. */
export interface VectorCommand {
  readonly type: string;
  readonly mounts?: readonly VectorMount[];
}

/** A mount with all options that any type has. */
interface VectorMount {
  readonly type: Mount["type"];
  readonly from: string;
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly sizeLimit: number;
  readonly id: string;
  readonly sharing: string;
  readonly required: boolean;
  readonly env: string | null;
  readonly mode: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
}

/** The variables that mounts and ports are expanded with, as `NAME=value`. */
export interface ExpansionTable {
  readonly mountEnv: readonly string[];
}

type Expansion = ExpansionTable & { readonly escape: string };

const mostPorts = 300;

/** First and last line. */
export function linesOf(location: SourceLocation | undefined): unknown {
  return [location?.firstLine, location?.lastLine];
}

/** The command that parse.json gives, mounts with the options of their type only. */
export function expectedCommand(command: VectorCommand): object {
  return { ...command, mounts: command.mounts?.map(expectedMount) };
}

/** An instruction as parse.json writes it. */
export function describeInstruction(instruction: Instruction, expansion: Expansion): object {
  const { comments, keyword, location, source, type } = instruction;
  return {
    type,
    name: keyword,
    lines: linesOf(location),
    code: source,
    comments: comments.length === 0 ? undefined : comments,
    ...(describers[type] as Describer)(instruction, expansion),
  };
}

type Of<Type extends Instruction["type"]> = Extract<Instruction, { type: Type }>;
type Describer = (instruction: Instruction, expansion: Expansion) => object;
type Describers = {
  readonly [Type in Instruction["type"]]: (instruction: Of<Type>, expansion: Expansion) => object;
};

const describers: Describers = {
  ADD: (add) => ({
    ...describeCopy(add),
    checksum: add.checksum ?? "",
    keepGitDir: add.keepGitDir ?? null,
    unpack: add.unpack ?? null,
  }),
  ARG: ({ args }) => ({
    args: args.map(({ key, value, description }) => ({
      key,
      value: value ?? null,
      doc: description ?? "",
    })),
  }),
  CMD: describeCommand,
  COPY: (copy) => ({ ...describeCopy(copy), from: copy.from ?? "", parents: copy.parents }),
  ENTRYPOINT: (entrypoint) => ({
    ...describeCommand(entrypoint),
    args: entrypoint.args.length === 0 ? null : entrypoint.args,
  }),
  ENV: describePairs,
  EXPOSE: (expose, expansion) => ({ ports: expose.ports, ...describePorts(expose, expansion) }),
  HEALTHCHECK: describeHealthcheck,
  LABEL: describePairs,
  MAINTAINER: ({ maintainer }) => ({ maintainer }),
  ONBUILD: ({ expression }) => ({ expression }),
  RUN: (run, expansion) => ({ ...describeCommand(run), ...describeRun(run, expansion) }),
  SHELL: ({ args }) => ({ args }),
  STOPSIGNAL: ({ signal }) => ({ signal }),
  USER: ({ user }) => ({ user }),
  VOLUME: ({ paths }) => ({ paths }),
  WORKDIR: ({ path }) => ({ path }),
};

function describePairs({ pairs }: Of<"ENV" | "LABEL">): object {
  return { pairs: pairs.map((pair) => ({ ...pair, legacy: pair.legacy || undefined })) };
}

function describeCopy(copy: CopySpecification): object {
  const { sources, inline, destination, chown = "", chmod = "", link, exclude } = copy;
  return { sources, inline, dest: destination, chown, chmod, link, exclude };
}

function describeCommand({
  form,
  args,
  heredocs,
}: Pick<RunInstruction, "args" | "form" | "heredocs">): object {
  const bodies = heredocs.map(({ name, data, chomp }) => ({ name, data, chomp }));
  return { form, args, heredocs: bodies.length === 0 ? undefined : bodies };
}

function describeRun(run: RunInstruction, expansion: Expansion): object {
  return {
    network: run.network,
    security: run.security,
    flagsUsed: run.flagsUsed,
    devices: run.devices.length === 0 ? undefined : run.devices.map(parseDevice),
    ...(run.flagsUsed.includes("mount")
      ? attempt("mounts", "mountError", () =>
          parseMounts(run, (value) => expand(value, expansion).text),
        )
      : {}),
  };
}

function describeHealthcheck(check: HealthcheckInstruction): object {
  return {
    test: check.test,
    intervalNs: check.intervalNs ?? 0,
    timeoutNs: check.timeoutNs ?? 0,
    startPeriodNs: check.startPeriodNs ?? 0,
    startIntervalNs: check.startIntervalNs ?? 0,
    retries: check.retries ?? 0,
  };
}

function describePorts({ ports }: ExposeInstruction, expansion: Expansion): object {
  const found = attempt("exposed", "exposedError", () =>
    parseExposedPorts(ports.flatMap((port) => expand(port, expansion).words)),
  );
  const exposed: unknown = found["exposed"];
  if (!Array.isArray(exposed) || exposed.length <= mostPorts) return found;
  return { exposedCount: exposed.length, exposedFirst: exposed.slice(0, 3) };
}

function attempt(
  name: string,
  errorName: string,
  action: () => unknown,
): Readonly<Record<string, unknown>> {
  try {
    return { [name]: action() };
  } catch (error) {
    if (!isBuilderError(error)) throw error;
    return { [errorName]: error.message };
  }
}

function expand(word: string, { escape, mountEnv }: Expansion): ReturnType<typeof expandWord> {
  const variables = new Map(
    mountEnv.map((entry) => {
      const equals = entry.indexOf("=");
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
  return expandWord(word, variables, { escape });
}

function expectedMount(mount: VectorMount): object {
  const { type, target, readOnly, required } = mount;
  const [source, from, id] = [mount.source, mount.from, mount.id].map((text) => text || undefined);
  const owner = {
    mode: mount.mode ?? undefined,
    uid: mount.uid ?? undefined,
    gid: mount.gid ?? undefined,
  };
  switch (type) {
    case "bind":
      return { type, target, source, from, readOnly };
    case "tmpfs":
      return { type, target, sizeBytes: mount.sizeLimit, readOnly };
    case "cache": {
      const sharing = mount.sharing === "" ? "shared" : mount.sharing;
      return { type, target, id, sharing, from, source, readOnly, ...owner };
    }
    case "secret":
      return { type, target, id: id ?? source, env: mount.env ?? undefined, required, ...owner };
    case "ssh":
    default:
      return { type, target, id, required, ...owner };
  }
}
