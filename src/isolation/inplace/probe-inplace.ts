import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { BuilderError } from "../../errors/builder-error.ts";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { FileTree } from "../../filetree/tree.ts";
import { actAs } from "../../rootfs/posix-process.ts";
import { removeDirectory } from "../../rootfs/remove-directory.ts";
import { SwappedStand } from "../../rootfs/swap/swapped-stand.ts";
import { lackingCapabilities, ownRights } from "../namespace/own-rights.ts";
import type { Refusal, RungProbe } from "../refusal.ts";
import { inStepImage, stepImageDirectory, stepImageNames } from "../step-image.ts";
import { lockPlace } from "./place-lock.ts";

export interface InplaceOptions {
  /** Whether files of `/` may be moved although this is not slipway's step image. */
  readonly force: boolean;
  /** Absolute paths that the builder needs while a command runs, beside what is mounted. */
  readonly staying: readonly string[];
  /** Told of each path that the pod covers in an image, once. */
  readonly covers: (path: string) => void;
}

/** Where images can be swapped into `/`, for this process alone until disposal. */
export interface InplacePlace extends AsyncDisposable {
  readonly stand: SwappedStand;
  /** A directory of this build's own on the file system of `/`, absolute; disposal removes it. */
  readonly directory: string;
}

/** What it takes to run commands as anybody, to give files to anybody, and to end what they start. */
export const inplaceCapabilities = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "SETGID",
  "SETUID",
];

/** Finds, by swapping an empty root in and out, whether images can be swapped into `/`. */
export async function probeInplace(options: InplaceOptions): Promise<RungProbe<InplacePlace>> {
  const lacking = (await lackingRight(options)) ?? blockedPlace(options);
  if (lacking !== undefined) return { works: false, refusals: [lacking] };
  try {
    return await claimPlace(options);
  } catch (error) {
    return { works: false, refusals: [failedAttempt(error)] };
  }
}

async function claimPlace({ staying, covers }: InplaceOptions): Promise<RungProbe<InplacePlace>> {
  await using owned = new AsyncDisposableStack();
  const base = inStepImage() ? `${stepImageDirectory}/run` : "/.slipway";
  // Made one by one: recursively, Node says of a read-only file system that there is no directory.
  if (!existsSync(base)) mkdirSync(base);
  const lock = await lockPlace(base);
  if (lock === undefined) {
    const taken = refusal("another slipway has the container's root now", "one container a build");
    return { works: false, refusals: [taken] };
  }
  owned.use(lock);
  const directory = join(base, randomUUID());
  mkdirSync(directory);
  owned.defer(() => removeDirectory(directory));
  const stand = new SwappedStand({
    place: "/",
    aside: join(directory, "aside"),
    staying: [...stepImageNames, base, ...staying],
    covers,
  });
  await trySwap(directory, stand);
  const kept = owned.move();
  const dispose = (): Promise<void> => kept.disposeAsync();
  return { works: true, rung: { stand, directory, [Symbol.asyncDispose]: dispose } };
}

async function lackingRight({ force }: InplaceOptions): Promise<Refusal | undefined> {
  if (!force && !inStepImage()) {
    return refusal(
      "files of / would be moved, and this is not slipway's step image",
      "use slipway's step image, or --force in a container that is thrown away",
    );
  }
  const uid = process.geteuid?.() ?? 0;
  if (uid !== 0) {
    return refusal(`slipway runs as uid ${uid}`, "securityContext: {runAsUser: 0}");
  }
  const rights = await ownRights();
  const needed = inplaceCapabilities.map((name) => `CAP_${name}`);
  const lacking = lackingCapabilities(rights, needed).map((name) => name.replace("CAP_", ""));
  if (lacking.length > 0) {
    return refusal(
      `slipway lacks the capabilities ${lacking.join(", ")}`,
      `securityContext: {capabilities: {add: [${lacking.join(", ")}]}}`,
    );
  }
  if (rights.setsGroups) return undefined;
  return refusal("groups cannot be set in this user namespace", "hostUsers: true");
}

function blockedPlace({ staying }: InplaceOptions): Refusal | undefined {
  if (!staying.includes("/")) return undefined;
  return refusal("the build context is / itself", "name a directory with --context");
}

async function trySwap(directory: string, stand: SwappedStand): Promise<void> {
  const image = join(directory, "probe");
  const name = `.slipway-${randomUUID()}`;
  mkdirSync(image);
  writeFileSync(join(image, name), "");
  await stand.use({ directory: image, before: new FileTree() }, async (root) => {
    if (!existsSync(join(root, name))) throw new Error("what was swapped in is not there");
    // Other identities are tried where commands will need them.
    actAs({ uid: 65534, gid: 65534, additionalGids: [65534] }, () => undefined);
    await setImmediate();
  });
  removeDirectory(image);
}

function failedAttempt(error: unknown): Refusal {
  const cause = error instanceof BuilderError ? error.cause : error;
  const reason = error instanceof Error ? error.message : String(error);
  if (errnoOf(cause) === "EROFS") {
    return refusal(reason, "securityContext: {readOnlyRootFilesystem: false}");
  }
  return refusal(reason, "run slipway with the default rights of a container, in its step image");
}

function refusal(reason: string, remedy: string): Refusal {
  return { rung: "inplace", reason, remedy };
}
