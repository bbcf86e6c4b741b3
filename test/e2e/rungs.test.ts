import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { writeBusyboxImage } from "../support/busybox-image.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { hasPods } from "../support/pods.ts";
import { tagsOf } from "../support/registry-queries.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

const run = promisify(execFile);
const minutes = 60_000;

/** What a build in a pod has beside its Dockerfile. */
interface More {
  readonly podOptions?: readonly string[];
  /** Where the image goes. */
  readonly output?: readonly string[];
}

/** What became of a build in a pod. */
interface Built {
  readonly code: number | null;
  readonly said: string;
}

describe("e2e/rungs", function () {
  // The step image may have to be made first.
  this.timeout(30 * minutes);
  let place: TemporaryDirectory;

  before(async function () {
    // Pods need root, and the program that runs them beside the project.
    if (!hasPods()) this.skip();
    await run("npm", ["run", "--silent", "build"]);
    place = await makeTemporaryDirectory();
    await chmod(place.path, 0o755);
    await writeBusyboxImage(place.join("busybox"));
    for (const name of ["context", "volume", "out"]) await mkdir(place.join(name));
    for (const name of ["volume", "out"]) await chmod(place.join(name), 0o777);
  });
  after(() => place?.[Symbol.asyncDispose]());

  /** Starts a build of `lines` in a pod, with a volume that it may write to. */
  const start = async (
    profile: string,
    lines: readonly string[],
    { podOptions = [], output = ["--no-push"] }: More = {},
  ): Promise<ChildProcess> => {
    await writeFile(place.join("context/Dockerfile"), lines.join("\n"));
    const mounts = ["context:ro", "busybox:ro", "volume", "out"].map((mount) => {
      const [name = "", access] = mount.split(":");
      const target = name === "volume" ? "/workspace/volume" : `/${name}`;
      return `--mount=${place.join(name)}:${target}${access === undefined ? "" : ":ro"}`;
    });
    const secret = "--option=--env=BUILD_TOKEN=of-the-builder-only";
    const build = ["build", "--context=/context", ...output, `--oci-layout-path=/out/${profile}`];
    const base = "--build-context=busybox=oci-layout:///busybox";
    const pod = ["bench/pods.ts", "run", `--profile=${profile}`, ...mounts, secret, ...podOptions];
    return spawn(process.execPath, [...pod, "--", ...build, base], {
      stdio: ["ignore", "pipe", "pipe"],
    });
  };

  const build = async (...given: Parameters<typeof start>): Promise<Built> =>
    endOf(await start(...given));

  const rungs = {
    default: "inplace",
    restricted: "ptrace",
    unconfined: "namespace",
  } as const;

  for (const [profile, rung] of Object.entries(rungs)) {
    it(`builds in the pod ${profile} on the rung ${rung}, where RUN learns nothing of the builder`, async () => {
      const { code, said } = await build(profile, [
        "FROM busybox",
        "RUN id -u && hostname >/dev/null && echo made >/made",
        "RUN cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; env; echo looked",
        "RUN echo by-name >/dev/stdout; echo by-error >/dev/stderr",
        "USER nobody",
        "RUN echo as-nobody >/dev/stdout",
        "USER root",
        "RUN cat /var/run/secrets/kubernetes.io/serviceaccount/token 2>/dev/null; test -e /made",
      ]);

      expect(code, said).to.equal(0);
      expect(said).to.include(`isolation=${rung}`);
      for (const line of ["looked", "by-name", "by-error", "as-nobody"]) {
        expect(said).to.match(new RegExp(`\\] ${line}$`, "m"));
      }
      expect(said).not.to.include("of-the-builder-only");
      expect(said).not.to.include("the pod's own token");
    });

    it(`ends a build in the pod ${profile} on SIGTERM, with all that a RUN has started`, async () => {
      const child = await start(profile, [
        "FROM busybox",
        "RUN (setsid sleep 600 &) ; echo started; sleep 600",
      ]);
      const end = endOf(child);
      child.stderr?.on("data", (chunk: Buffer) => {
        if (chunk.includes("] started")) child.kill("SIGTERM");
      });

      const { code, said } = await end;

      expect(code, said).to.equal(143);
      expect(said).to.include("(CANCELLED)");
    });
  }

  for (const [profile, rung] of Object.entries(rungs)) {
    it(`has a cache mount again by ${rung}, on a volume and in a directory of the pod's own`, async () => {
      const lines = [
        "FROM busybox",
        ...[1, 2].map(
          (step) =>
            `RUN --mount=type=cache,target=/c id >> /c/lines; echo ${step}: $(wc -l < /c/lines)`,
        ),
        "USER nobody",
        "RUN --mount=type=cache,target=/n,uid=65534,mode=0700 echo x > /n/f; echo $(ls /n)",
      ];
      const counts: string[] = [];
      for (const kept of [
        `/workspace/volume/${profile}`,
        `/workspace/volume/${profile}`,
        "/slipway/tmp/kept",
      ]) {
        const { code, said } = await build(profile, lines, {
          output: ["--no-push", `--cache-dir=${kept}`],
        });
        expect(code, said).to.equal(0);
        expect(said).to.match(/\] f$/m);
        expect(said, said).not.to.include("for this build only");
        counts.push(...[...said.matchAll(/\d: (\d+)$/gm)].map(([, count = ""]) => count));
      }

      expect(counts.join(" ")).to.equal("1 2 3 4 1 2");
    });
  }

  for (const [profile, rung] of Object.entries(rungs)) {
    it(`builds and pushes a layer of 2 GB by ${rung} with 256 MiB of memory`, async () => {
      await using registry = await startDockerRegistry();
      const reference = `${registry.host}/large:1`;

      const { code, said } = await build(
        profile,
        ["FROM busybox", "RUN dd if=/dev/zero of=/large bs=1M count=2000"],
        {
          podOptions: [`--option=--memory=${256 * 1024 * 1024}`],
          output: [`--destination=${reference}`, `--insecure-registry=${registry.host}`],
        },
      );

      expect(code, said).to.equal(0);
      expect(await tagsOf(registry.host, "large")).to.deep.equal(["1"]);
    });
  }

  it("gives / back in place, whatever a command does to it", async () => {
    await writeFile(place.join("volume/kept"), "kept");

    const { code, said } = await build("default", [
      "FROM busybox AS broken",
      "RUN mkdir -p /run && ln -s /run /var/run && echo x >/var/run/x",
      "RUN mv /etc /etc.old; echo nameserver 192.0.2.1 >/etc/resolv.conf; rm -f /workspace/volume/none; ls /var/run/",
      "RUN busybox rm -rf /bin /usr /lib* /etc.old /home /root /tmp /var /run || true",
      "FROM busybox",
      "RUN echo intact >/intact; echo of-run >/workspace/volume/left",
      "COPY --from=broken / /broken/",
    ]);

    expect(code, said).to.equal(0);
    expect(await readFile(place.join("volume/kept"), "utf8")).to.equal("kept");
    expect(await readFile(place.join("volume/left"), "utf8")).to.equal("of-run\n");
    const { stdout } = await run("sh", ["-c", listing], { cwd: place.join("out/default") });
    expect(stdout).to.include("intact\n");
    expect(stdout).not.to.match(/workspace|kept|left|slipway|resolv.conf|secrets/);
  });

  it("says in a user's words what a pod cannot do", async () => {
    const { code, said } = await build("default", ["FROM busybox", "RUN --network=none true"]);

    expect(code).to.equal(14);
    expect(said).to.match(/RUN --network=none needs a network namespace/);
    expect(said).to.include("Dockerfile:2");
  });
});

/** The names in all layers that were made, one a line. */
const listing =
  'for blob in blobs/sha256/*; do tar -tzf "$blob" 2>/dev/null || true; done | sort -u';

/** Waits for the end of a build. */
async function endOf(child: ChildProcess): Promise<Built> {
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, said };
}
