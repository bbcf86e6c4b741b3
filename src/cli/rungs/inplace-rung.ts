import { join } from "node:path";
import { InplaceIsolation } from "../../isolation/inplace/inplace-isolation.ts";
import { probeInplace } from "../../isolation/inplace/probe-inplace.ts";
import { PlainRootFactory } from "../../rootfs/plain-root.ts";
import { becomeSubreaper, makeNonDumpable } from "../../rootfs/posix-process.ts";
import type { Attempt } from "./rung.ts";

/** Builds in this very process, with each stage's files in `/` while a command runs. */
export const buildInplace: Attempt = async (options, build) => {
  const { log } = options;
  const probe = await probeInplace({
    ...options,
    covers: (path) => {
      log.warn("a volume covers a path of the image: what RUN writes there is not in the image", {
        path: `/${path}`,
      });
    },
  });
  if (!probe.works) return { kind: "refused", refusals: probe.refusals };
  await using place = probe.rung;
  const { directory, stand } = place;
  makeNonDumpable();
  becomeSubreaper();
  const code = await build({
    isolation: new InplaceIsolation(join(directory, "commands")),
    keepsOwners: true,
    directory,
    openRoots: (contents) => new PlainRootFactory(join(directory, "roots"), contents, stand),
  });
  return { kind: "exited", code };
};
