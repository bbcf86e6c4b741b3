import type { SourceLocation } from "../errors/dockerfile-error.ts";

/** What every instruction carries. */
interface InstructionBase {
  readonly location: SourceLocation;
  /** The keyword as typed. */
  readonly keyword: string;
  /** The joined lines as written, without comments and heredoc bodies. */
  readonly source: string;
  /** Comment lines directly above, without `#`. */
  readonly comments: readonly string[];
}

/** One `key=value` of ENV or LABEL; quotes and escapes are still in place. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
  /** Written in the old `KEY value` form. */
  readonly legacy: boolean;
}

/** One name of an ARG instruction. */
export interface ArgDefinition {
  readonly key: string;
  /** The default as written; undefined where there is none. */
  readonly value: string | undefined;
  /** The text of a comment `# <name> text` above. */
  readonly description: string | undefined;
}

/** A file whose content stands in the Dockerfile, as source of COPY or ADD. */
export interface InlineFile {
  readonly name: string;
  readonly data: string;
  /** Whether variables in `data` are expanded (the heredoc's word was not quoted). */
  readonly expand: boolean;
}

/** A heredoc of RUN, CMD or ENTRYPOINT. */
export interface Heredoc {
  readonly name: string;
  /** The body as written, leading tabs included. */
  readonly data: string;
  /** Whether leading tabs are to be removed (`<<-`). */
  readonly chomp: boolean;
  readonly expand: boolean;
  /** The file descriptor before `<<`; 0 where none is written. */
  readonly fileDescriptor: number;
}

/** A command in shell form (one string) or exec form (program and arguments). */
export interface CommandLine {
  readonly form: "shell" | "exec";
  readonly args: readonly string[];
  readonly heredocs: readonly Heredoc[];
}

/** What ADD and COPY share. Words are not expanded yet. */
export interface CopySpecification {
  readonly sources: readonly string[];
  readonly inline: readonly InlineFile[];
  readonly destination: string;
  readonly chown: string | undefined;
  readonly chmod: string | undefined;
  readonly link: boolean;
  readonly exclude: readonly string[];
}

export interface AddInstruction extends InstructionBase, CopySpecification {
  readonly type: "ADD";
  readonly checksum: string | undefined;
  readonly keepGitDir: boolean | undefined;
  readonly unpack: boolean | undefined;
}

export interface CopyInstruction extends InstructionBase, CopySpecification {
  readonly type: "COPY";
  readonly from: string | undefined;
  readonly parents: boolean;
}

export interface ArgInstruction extends InstructionBase {
  readonly type: "ARG";
  readonly args: readonly ArgDefinition[];
}

export interface EnvInstruction extends InstructionBase {
  readonly type: "ENV";
  readonly pairs: readonly KeyValue[];
}

export interface LabelInstruction extends InstructionBase {
  readonly type: "LABEL";
  readonly pairs: readonly KeyValue[];
}

export interface RunInstruction extends InstructionBase, CommandLine {
  readonly type: "RUN";
  /** Values of `--mount` as written, in order. */
  readonly mounts: readonly string[];
  /** Value of `--network`; `default` where it is absent. */
  readonly network: string;
  /** Value of `--security`; `sandbox` where it is absent. */
  readonly security: string;
  /** Values of `--device` as written, in order. */
  readonly devices: readonly string[];
  /** Names of the flags that were given, sorted. */
  readonly flagsUsed: readonly string[];
}

export interface CmdInstruction extends InstructionBase, CommandLine {
  readonly type: "CMD";
}

/** `ENTRYPOINT []` has no arguments. */
export interface EntrypointInstruction extends InstructionBase, CommandLine {
  readonly type: "ENTRYPOINT";
}

export interface ShellInstruction extends InstructionBase {
  readonly type: "SHELL";
  readonly args: readonly string[];
}

/** Durations are integer nanoseconds; undefined where not given. */
export interface HealthcheckInstruction extends InstructionBase {
  readonly type: "HEALTHCHECK";
  /** `["NONE"]`, `["CMD", ...]` or `["CMD-SHELL", text]` */
  readonly test: readonly string[];
  readonly intervalNs: number | undefined;
  readonly timeoutNs: number | undefined;
  readonly startPeriodNs: number | undefined;
  readonly startIntervalNs: number | undefined;
  readonly retries: number | undefined;
}

export interface ExposeInstruction extends InstructionBase {
  readonly type: "EXPOSE";
  /** Words as typed, sorted by their bytes. */
  readonly ports: readonly string[];
}

export interface UserInstruction extends InstructionBase {
  readonly type: "USER";
  readonly user: string;
}

export interface WorkdirInstruction extends InstructionBase {
  readonly type: "WORKDIR";
  readonly path: string;
}

export interface StopsignalInstruction extends InstructionBase {
  readonly type: "STOPSIGNAL";
  readonly signal: string;
}

export interface MaintainerInstruction extends InstructionBase {
  readonly type: "MAINTAINER";
  readonly maintainer: string;
}

export interface OnbuildInstruction extends InstructionBase {
  readonly type: "ONBUILD";
  /** The trigger as written, heredocs included. */
  readonly expression: string;
}

export interface VolumeInstruction extends InstructionBase {
  readonly type: "VOLUME";
  readonly paths: readonly string[];
}

/** Any instruction inside a stage. */
export type Instruction =
  | AddInstruction
  | CopyInstruction
  | ArgInstruction
  | EnvInstruction
  | LabelInstruction
  | RunInstruction
  | CmdInstruction
  | EntrypointInstruction
  | ShellInstruction
  | HealthcheckInstruction
  | ExposeInstruction
  | UserInstruction
  | WorkdirInstruction
  | StopsignalInstruction
  | MaintainerInstruction
  | OnbuildInstruction
  | VolumeInstruction;

/** One FROM with everything up to the next. */
export interface Stage {
  /** Lower case; empty where the stage has no name. */
  readonly name: string;
  /** The base as written, unexpanded. */
  readonly base: string;
  /** Value of `--platform`, unexpanded; empty where it is absent. */
  readonly platform: string;
  /** `FROM` as typed. */
  readonly keyword: string;
  readonly source: string;
  readonly comments: readonly string[];
  readonly description: string | undefined;
  readonly location: SourceLocation;
  readonly instructions: readonly Instruction[];
}

/** Something that is allowed but probably not meant. */
export interface DockerfileWarning {
  readonly message: string;
  readonly location: SourceLocation;
}

/** The value of a parser directive, and where it stands. */
export interface Directive {
  readonly value: string;
  readonly location: SourceLocation;
}

/** A whole Dockerfile, parsed but not interpreted. */
export interface Dockerfile {
  /** Its name as the user knows it. */
  readonly file: string;
  /** The escape character in force. */
  readonly escape: "\\" | "`";
  readonly syntax: Directive | undefined;
  readonly check: Directive | undefined;
  /** ARG instructions before the first FROM. */
  readonly globalArgs: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
  readonly warnings: readonly DockerfileWarning[];
}
