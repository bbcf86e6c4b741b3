import type { AttemptFact, DirectoryFacts, PodFacts } from "../../isolation/facts/pod-facts.ts";
import { capabilityNames } from "../../isolation/namespace/capabilities.ts";
import { formatBytes } from "../../support/format-bytes.ts";
import type { PipelineReport } from "./pipeline-report.ts";
import type { DoctorReport, Problem } from "./report.ts";

type Row = readonly [name: string, text: string];

/** Renders a report for a person who reads the log of a pod. Ends in a newline. */
export function formatDoctorReport(report: DoctorReport): string {
  const { credentials, pod, rung, rungs, version, workDirectory } = report;
  const place = pod.stepImage ? "in its step image" : "outside its step image";
  const lines = [
    `slipway ${version}, ${place}`,
    rung === null ? "RUN cannot be run here" : `RUN can be run here: ${rung}`,
    ...section("Ways to run RUN, the strongest first", rungs.flatMap(rungRows)),
    ...section(pipelineHeading(report.pipeline), settingRows(report.pipeline)),
    ...section("Files", [
      ["root", formatDirectory(pod.root)],
      [
        "work directory",
        isProblem(workDirectory) ? formatProblem(workDirectory) : formatDirectory(workDirectory),
      ],
    ]),
    ...section("Pod", podRows(pod)),
    ...section("Registry credentials", credentialRows(credentials)),
  ];
  return `${lines.join("\n")}\n`;
}

function rungRows(rung: DoctorReport["rungs"][number]): Row[] {
  if (rung.works) return [[rung.name, ["works", ...rung.notes].join("; ")]];
  const { name, podSpec, refusals } = rung;
  const permit: Row[] = podSpec.map((line) => ["", `    ${line}`]);
  return [
    ...refusals.flatMap(({ reason, remedy }, index): Row[] => [
      [index === 0 ? name : "", `refused: ${reason}`],
      ["", `remedy: ${remedy}`],
    ]),
    ...(permit.length === 0
      ? []
      : [["", "lines of the container's specification:"] as const, ...permit]),
  ];
}

function podRows(pod: PodFacts): Row[] {
  const { memory, user } = pod;
  const limit = memory.limit === null ? "no limit" : `limit ${formatBytes(memory.limit)}`;
  const kills = (memory.oomKills ?? 0) > 0 ? `, reached: ${memory.oomKills} killed` : "";
  const masked = pod.maskedProc.length;
  return [
    ["user", `uid ${user.uid}, gid ${user.gid}, groups ${user.groups.join(" ") || "none"}`],
    ["capabilities", formatCapabilities(pod.capabilities)],
    ["seccomp", pod.seccomp],
    ["no_new_privs", pod.noNewPrivileges ? "set" : "not set"],
    ["user namespace", pod.userNamespaces.inOwn ? "the pod's own" : "the node's"],
    ["more of them", formatAttempt(pod.userNamespaces.make)],
    ["chroot", formatAttempt(pod.chroot)],
    ["ptrace", pod.ptraceScope === null ? "no Yama" : `Yama scope ${pod.ptraceScope}`],
    ["landlock", pod.landlockAbi === 0 ? "none" : `ABI ${pod.landlockAbi}`],
    ["security label", pod.securityLabel ?? "none"],
    ["/proc", masked === 0 ? "not masked" : `masked (${masked} paths)`],
    ["memory", `${limit}${kills}`],
    ...Object.entries(pod.programs).map(([name, path]): Row => [name, path ?? "missing"]),
  ];
}

function pipelineHeading({ engine }: PipelineReport): string {
  return engine === null ? "Settings" : `Settings, in a step of ${engineNames[engine]}`;
}

const engineNames = { tekton: "Tekton", argo: "Argo Workflows" } as const;

function settingRows({ settings }: PipelineReport): Row[] {
  if (settings.length === 0) return [["none", "all flags have their defaults"]];
  return settings.map(({ flag, value, from }): Row => [flag, `${value} (${from})`]);
}

function credentialRows(credentials: DoctorReport["credentials"]): Row[] {
  if (isProblem(credentials)) return [["error", formatProblem(credentials)]];
  if (credentials.length === 0) return [["none", ""]];
  return credentials.map(({ registry, origin }) => [registry, origin]);
}

function isProblem(value: object): value is Problem {
  return "code" in value;
}

function formatProblem({ code, hint, message }: Problem): string {
  return `${message} (${code}); ${hint}`;
}

function formatDirectory(directory: DirectoryFacts): string {
  const { filesystem, freeBytes, path, readOnly, totalBytes, writable } = directory;
  const refused = writable.works ? "writable" : `not writable: ${writable.reason}`;
  const access = readOnly ? "read-only" : refused;
  const space = `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} free`;
  return `${path} (${filesystem}), ${access}, ${space}`;
}

function formatCapabilities(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const missing = capabilityNames.filter((name) => !names.includes(name));
  if (missing.length === 0) return "all";
  const isMost = names.length > missing.length;
  const shown = (isMost ? missing : names).map((name) => name.replace("CAP_", "")).join(" ");
  return isMost ? `all but ${shown}` : shown;
}

function formatAttempt(attempt: AttemptFact): string {
  return attempt.works ? "permitted" : `refused: ${attempt.reason}`;
}

/** An empty line, a heading and rows in two columns; nothing where there are no rows. */
function section(heading: string, rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([name]) => name.length));
  return ["", heading, ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`.trimEnd())];
}
