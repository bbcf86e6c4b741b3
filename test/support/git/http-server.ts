import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { promisify } from "node:util";
import { startWebServer, type WebServer } from "../web-server.ts";

const run = promisify(execFile);

const identity = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "somebody",
  GIT_AUTHOR_EMAIL: "somebody@example.com",
  GIT_COMMITTER_NAME: "somebody",
  GIT_COMMITTER_EMAIL: "somebody@example.com",
};

/** Runs git in `directory`, with commits at a time of its own, and gives what it prints. */
export async function git(
  directory: string,
  args: readonly string[],
  when = "2020-03-03T03:03:03Z",
): Promise<string> {
  const env = { ...identity, GIT_AUTHOR_DATE: when, GIT_COMMITTER_DATE: when };
  const { stdout } = await run("git", args, { cwd: directory, env });
  return stdout.trim();
}

/** Who may fetch: those who show this Authorization header, or everybody. */
export interface GitServerOptions {
  readonly authorization?: string;
}

/** Serves the bare repositories in `directory` over smart HTTP (git http-backend). */
export function startGitServer(
  directory: string,
  { authorization }: GitServerOptions = {},
): Promise<WebServer> {
  return startWebServer(async (request, response) => {
    if (authorization !== undefined && request.headers.authorization !== authorization) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
      return;
    }
    await serve(directory, request, response);
  });
}

/** Calls the program as a web server does (RFC 3875). */
async function serve(
  directory: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
  const backend = spawn("git", ["http-backend"], {
    env: {
      ...identity,
      GIT_PROJECT_ROOT: path.resolve(directory),
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: searchParams.toString(),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: request.headers["git-protocol"]?.toString() ?? "",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  backend.stdin.on("error", () => undefined);
  request.pipe(backend.stdin);
  const output: Buffer[] = [];
  backend.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  await once(backend, "close");
  const bytes = Buffer.concat(output);
  const end = bytes.indexOf("\r\n\r\n");
  for (const line of bytes.toString("latin1", 0, end).split("\r\n")) {
    const [name = "", value = ""] = line.split(/: (.*)/);
    if (name === "Status") response.statusCode = Number.parseInt(value, 10);
    else if (name !== "") response.setHeader(name, value);
  }
  response.end(bytes.subarray(end + 4));
}
