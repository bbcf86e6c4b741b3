import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { podCommand, podProfiles, writeServiceAccount } from "../../test/support/pods.ts";
import { type ImageChoice, podImage } from "./image.ts";

/** The flags of `pods run`. */
interface CommandFlags extends ImageChoice {
  readonly profile: readonly string[];
  readonly mount: readonly string[];
  readonly option: readonly string[];
}

/** Runs one command in a pod of the first profile, on this terminal, and gives its exit status. */
export async function runCommand(flags: CommandFlags, args: readonly string[]): Promise<number> {
  const profile = flags.profile[0] ?? "";
  const known = podProfiles[profile];
  if (known === undefined) throw new Error(`there is no profile '${profile}'`);
  const directory = await mkdtemp(path.join(tmpdir(), "slipway-pod-"));
  await chmod(directory, 0o711);
  try {
    const image = await podImage(flags, directory);
    const scratch = path.join(directory, "container");
    await mkdir(scratch);
    const account = await writeServiceAccount(path.join(directory, "service-account"));
    const [program = "", ...rest] = await podCommand({
      profile,
      layers: await image.layers(known.idShift),
      scratch,
      environment: image.environment,
      options: [
        `--serviceaccount=${account}`,
        ...flags.mount.map((mount) => `--mount=${mount}`),
        ...flags.option,
      ],
      command: flags.debug ? args : [...image.entrypoint, ...args],
    });
    // A terminal sends its signals to all of the group; other signals come to this process alone.
    const detached = !process.stdin.isTTY;
    const child = spawn(program, rest, { stdio: "inherit", detached });
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => detached && process.kill(-(child.pid ?? 0), signal));
    }
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
