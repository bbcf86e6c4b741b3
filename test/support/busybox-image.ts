import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { writeOciLayout } from "./oci-layout.ts";

const run = promisify(execFile);

const files = {
  "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
  "etc/group": "root:x:0:\nnogroup:x:65534:\n",
};

const directories = { root: 0o700, tmp: 0o1777, home: 0o755, usr: 0o755, var: 0o755 };

/**
 * Makes a small base image from Debian's busybox-static: the shell and its tools in /bin, the users
 * root and nobody. Writes it to `directory` as an OCI layout, each time with the same digest.
 */
export async function writeBusyboxImage(directory: string): Promise<void> {
  const scratch = await mkdtemp(path.join(tmpdir(), "slipway-busybox-"));
  try {
    const root = path.join(scratch, "root");
    await writeBusyboxRoot(root);
    const layerTar = path.join(scratch, "layer.tar");
    const sameEverywhere = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner"];
    await run("tar", [...sameEverywhere, "--mtime=@0", "-C", root, "-cf", layerTar, "."]);
    await writeOciLayout(directory, {
      layerTar,
      config: { Env: ["PATH=/usr/local/bin:/usr/bin:/bin"], Cmd: ["sh"] },
    });
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** Writes the files of that image to `root`, a directory that is made where it is missing. */
export async function writeBusyboxRoot(root: string): Promise<void> {
  const bin = path.join(root, "bin");
  await mkdir(bin, { recursive: true });
  await mkdir(path.join(root, "etc"));
  await copyFile("/bin/busybox", path.join(bin, "busybox"));
  await chmod(path.join(bin, "busybox"), 0o755);
  const { stdout } = await run("/bin/busybox", ["--list"]);
  for (const applet of stdout.trim().split("\n")) {
    if (applet !== "busybox") await symlink("busybox", path.join(bin, applet));
  }
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(root, name), text);
  for (const [name, mode] of Object.entries(directories)) {
    await mkdir(path.join(root, name));
    await chmod(path.join(root, name), mode);
  }
}
