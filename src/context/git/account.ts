import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";

/** Answers what programs ask about accounts from files of our choice (https://cwrap.org/nss_wrapper.html). */
const stepImageLibrary = "/slipway/lib/libnss_wrapper.so";

/**
 * The variables that make this process' user known to a program, where slipway runs from its step
 * image. ssh refuses to work for a user that is in no /etc/passwd, and in a pod none is; their home
 * is `directory`, to which the files are written. Elsewhere there are none.
 */
export async function accountVariables(
  directory: string,
  library = stepImageLibrary,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (!existsSync(library)) return undefined;
  const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()];
  const [users, groups] = [path.join(directory, "passwd"), path.join(directory, "group")];
  await writeFile(users, `slipway:x:${uid}:${gid}:slipway:${directory}:/bin/sh\n`);
  await writeFile(groups, `slipway:x:${gid}:\n`);
  return { LD_PRELOAD: library, NSS_WRAPPER_PASSWD: users, NSS_WRAPPER_GROUP: groups };
}
