import { execFileSync } from "node:child_process";
import path from "node:path";
import { freePort } from "../free-port.ts";
import { type StartedServer, startServer } from "./started.ts";

/** Serves all repositories in `directory` over git's own protocol: git daemon. */
export async function startGitDaemon(directory: string): Promise<StartedServer> {
  const port = await freePort();
  const place = execFileSync("git", ["--exec-path"]).toString().trim();
  return startServer(
    [
      // Not by way of git, which would not hand on the signal that ends it.
      path.join(place, "git-daemon"),
      "--export-all",
      "--reuseaddr",
      "--listen=127.0.0.1",
      `--port=${port}`,
      `--base-path=${directory}`,
      directory,
    ],
    port,
  );
}
