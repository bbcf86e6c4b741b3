import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Supervisor } from "../../isolation/namespace/supervised.ts";
import { probeOverlay } from "../../rootfs/overlay-mount.ts";
import { openNamespaceRung } from "./namespace-rung.ts";
import type { RungOptions } from "./rung.ts";

/**
 * For the program that an examination has started in namespaces: makes the attempts that a build
 * makes in there, and tells the supervisor, or whoever reads notes, what came of them.
 */
export async function examineInside(
  options: Pick<RungOptions, "workDirectory" | "signal" | "log">,
  supervisor: Supervisor,
): Promise<void> {
  const probe = await openNamespaceRung(options);
  if (!probe.works) return supervisor.refuse(probe.refusals);
  const overlay = probeOverlay(options.workDirectory);
  const note = overlay.works
    ? "overlayfs works in the work directory"
    : `changes are found by scanning, without overlayfs: ${overlay.reason}`;
  writeFileSync(notesFile(options.workDirectory), JSON.stringify([note]));
}

/** What the program has noted whose work directory this was. */
export function readNotes(workDirectory: string): readonly string[] {
  const file = notesFile(workDirectory);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as string[]) : [];
}

/** Beside the work directory, which is gone when the program has ended. */
function notesFile(workDirectory: string): string {
  return `${workDirectory}.notes`;
}
