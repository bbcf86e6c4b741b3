// The main job on a small example: a base image, a registry on loopback, `slipway build` with two stages and RUN steps.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { writeBusyboxImage } from "../../test/support/busybox-image.ts";
import { startDockerRegistry } from "../../test/support/docker-registry.ts";
import { pullWithSkopeo, pushWithSkopeo } from "../../test/support/peers.ts";

const run = promisify(execFile);

const context = "bench/demo/context";
const output = "dist/demo";
const digestFile = `${output}/image-digest`;
const urlFile = `${output}/image-url`;

await rm(output, { recursive: true, force: true });
await mkdir(output, { recursive: true });
await using registry = await startDockerRegistry();

heading("A base image from Debian's busybox-static, pushed to a registry on loopback");
await writeBusyboxImage(`${output}/base`);
await pushWithSkopeo(`${output}/base`, `${registry.host}/library/busybox:latest`);
say(`FROM busybox is ${registry.host}/library/busybox:latest here (--registry-map)`);

heading(`slipway builds ${context}/Dockerfile and pushes the image`);
const destination = `${registry.host}/harbour/report:1.0`;
const flags = [
  `--context=${context}`,
  `--dockerfile=${context}/Dockerfile`,
  "--build-arg=TITLE=Arrivals this week",
  `--destination=${destination}`,
  `--digest-file=${digestFile}`,
  `--image-url-file=${urlFile}`,
  `--registry-map=docker.io=${registry.host}`,
  `--insecure-registry=${registry.host}`,
];
say(["slipway build", ...flags.map(quoted)].join(" \\\n    "));
process.stdout.write("\n");
await slipway(["build", ...flags]);

heading("What the next step of a pipeline reads");
const digest = await readFile(digestFile, "utf8");
say(`${digestFile}  ${digest}`);
say(`${urlFile}     ${await readFile(urlFile, "utf8")}`);

heading("skopeo pulls the image by that digest, umoci and runc run it");
await pullWithSkopeo(`${registry.host}/harbour/report@${digest}`, `${output}/image`);
const command = ["bash", "bench/demo/run-image", `${output}/image`];
const { stdout } = await run(command[0] ?? "", command.slice(1));
process.stdout.write(`\n${stdout.replaceAll(/^/gm, "    ")}\n`);
say("To run it yourself:\n");
process.stdout.write(`    ${command.join(" ")}\n\n`);

async function slipway(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [path.resolve("dist/slipway.mjs"), ...args], {
    stdio: "inherit",
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`slipway ended with ${code ?? "a signal"}`);
}

function heading(text: string): void {
  process.stdout.write(`\n== ${text}\n`);
}

function say(text: string): void {
  process.stdout.write(`   ${text}\n`);
}

function quoted(flag: string): string {
  return flag.includes(" ") ? `'${flag}'` : flag;
}
