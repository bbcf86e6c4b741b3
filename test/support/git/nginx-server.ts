import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Nginx, startNginx } from "../nginx.ts";

export interface NginxGitOptions {
  /** Has the repositories. */
  readonly repositories: string;
  /** Where files of the server go. */
  readonly directory: string;
  readonly tls: { readonly certificate: string; readonly key: string };
  /** Who may fetch; everybody where absent. */
  readonly login?: { readonly user: string; readonly password: string };
}

/** Serves repositories over https as many do: nginx, with git http-backend behind fcgiwrap. */
export async function startNginxGit(options: NginxGitOptions): Promise<Nginx> {
  const { repositories, directory, tls, login } = options;
  const socket = path.join(directory, "fcgiwrap.sock");
  const wrapper = spawn("fcgiwrap", ["-s", `unix:${socket}`], { stdio: "ignore" });
  const ended = once(wrapper, "exit");
  const isOver = ended.then(() => true);
  while (!existsSync(socket)) {
    if (await Promise.race([isOver, delay(20, false)])) throw new Error("fcgiwrap has ended");
  }
  const users = path.join(directory, "users");
  if (login !== undefined) {
    const line = execFileSync("htpasswd", ["-bnB", login.user, login.password]);
    await writeFile(users, line);
  }
  const place = execFileSync("git", ["--exec-path"]).toString().trim();
  const parameters = {
    SCRIPT_FILENAME: path.join(place, "git-http-backend"),
    GIT_PROJECT_ROOT: repositories,
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: "$uri",
    QUERY_STRING: "$query_string",
    REQUEST_METHOD: "$request_method",
    CONTENT_TYPE: "$content_type",
    CONTENT_LENGTH: "$content_length",
    HTTP_CONTENT_ENCODING: "$http_content_encoding",
    GIT_PROTOCOL: "$http_git_protocol",
  };
  const passed = Object.entries(parameters).map(
    ([name, value]) => `fastcgi_param ${name} ${value};`,
  );
  const auth = login === undefined ? "" : `auth_basic git; auth_basic_user_file ${users};`;
  const server = `${auth} location / { ${passed.join(" ")} fastcgi_pass unix:${socket}; }`;
  const nginx = await startNginx({ server, tls });
  return {
    ...nginx,
    async [Symbol.asyncDispose]() {
      await nginx[Symbol.asyncDispose]();
      wrapper.kill("SIGTERM");
      await ended;
    },
  };
}
