import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import path from "node:path";
import { BuildYard } from "../support/build-yard.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { type PodImage, podImageOf } from "../support/pod-image.ts";
import { stepImage } from "../support/step-image.ts";
import type { Keys, VolumeContents } from "./tekton/run/pod-volumes.ts";

/** The user of the guarded registry. */
const user = { username: "builder", password: "correct-horse" };

/**
 * A place to run samples in: whatever they call registry.example.com is a registry on loopback that wants
 * a password, which the Secret `registry-credentials` holds; docker.io is another one, with busybox.
 */
export class SampleYard implements AsyncDisposable {
  readonly yard: BuildYard;
  readonly registry: DockerRegistry;
  /** The step image, told where docker.io is and that loopback speaks plain HTTP. */
  readonly image: PodImage;
  #directories = 0;

  private constructor(yard: BuildYard, registry: DockerRegistry, image: PodImage) {
    this.yard = yard;
    this.registry = registry;
    this.image = image;
  }

  static async open(): Promise<SampleYard> {
    const [step, yard] = [await podImageOf(await stepImage()), await BuildYard.open()];
    // Steps that are not root come to their claims by their paths.
    await chmod(yard.directory, 0o711);
    const registry = await startDockerRegistry({ basic: user });
    const environment = {
      ...step.environment,
      SLIPWAY_INSECURE_REGISTRY: JSON.stringify([yard.registry.host, registry.host]),
      SLIPWAY_REGISTRY_MAP: `docker.io=${yard.registry.host}`,
    };
    return new SampleYard(yard, registry, { ...step, environment });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
    await this.yard[Symbol.asyncDispose]();
  }

  /** The text of a file of the repository, with this place's registry. */
  read(file: string): string {
    const text = readFileSync(path.resolve(import.meta.dirname, "../..", file), "utf8");
    return text.replaceAll(
      /registry\.example\.com|image-registry\.[a-z.-]+:5000/g,
      this.registry.host,
    );
  }

  /** An empty directory that every user comes to. */
  directory(): string {
    this.#directories += 1;
    const directory = this.yard.path(`sample-${this.#directories}`);
    mkdirSync(directory);
    chmodSync(directory, 0o711);
    return directory;
  }

  /** What the claims and Secrets that samples name hold. */
  contents(claims: Readonly<Record<string, string>>): VolumeContents {
    return {
      claims,
      secrets: {
        "registry-credentials": { ".dockerconfigjson": this.dockerConfig() },
        "build-secrets": { "npm-config": "//npm.example.com/:_authToken=hush\n" },
      },
      configMaps: { "openshift-service-ca.crt": trustedByNobody },
    };
  }

  dockerConfig(): string {
    const auth = Buffer.from(`${user.username}:${user.password}`).toString("base64");
    return JSON.stringify({ auths: { [this.registry.host]: { auth } } });
  }
}

/** A file of that name that is no certificate authority would be an error; this is an empty ConfigMap. */
const trustedByNobody: Keys = {};
