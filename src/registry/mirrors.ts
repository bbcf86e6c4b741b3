import { BuilderError, isBuilderError } from "../errors/builder-error.ts";
import { ImageError } from "../errors/image-error.ts";
import { RegistryError } from "../errors/registry-error.ts";
import { formatRepository, type Repository } from "../image/reference.ts";
import type { Logger } from "../log/logger.ts";
import { canonicalRegistry } from "./host.ts";
import type { RegistryOptions } from "./registry-options.ts";

export type MirrorOptions = Pick<RegistryOptions, "maps" | "skipsOriginal">;

/**
 * Where to look for what `repository` names: the mirrors that `maps` has for it, in their order, then the
 * repository itself, unless `skipsOriginal` and there are mirrors. A key `host/prefix` stands for the
 * repositories below that path, and what it maps to takes the place of host and prefix.
 */
export function pullCandidates(
  repository: Repository,
  { maps, skipsOriginal }: MirrorOptions,
): Repository[] {
  const { registry, path } = repository;
  const mirrors = [...maps].flatMap(([key, targets]) => {
    const rest = restBelow(repository, parsePlace(key));
    return rest === undefined ? [] : targets.map((target) => below(parsePlace(target), rest));
  });
  return skipsOriginal && mirrors.length > 0 ? mirrors : [...mirrors, { registry, path }];
}

/** A host and the components of a path there. */
interface Place {
  readonly host: string;
  readonly prefix: readonly string[];
}

function parsePlace(text: string): Place {
  const [host = "", ...prefix] = text.split("/").filter((component) => component !== "");
  return { host: canonicalRegistry(host), prefix };
}

function restBelow(repository: Repository, { host, prefix }: Place): string[] | undefined {
  const components = repository.path.split("/");
  const matches =
    canonicalRegistry(repository.registry) === host &&
    prefix.length < components.length &&
    prefix.every((component, index) => components[index] === component);
  return matches ? components.slice(prefix.length) : undefined;
}

function below({ host, prefix }: Place, rest: readonly string[]): Repository {
  return { registry: host, path: [...prefix, ...rest].join("/") };
}

/** Pulls from the first place that can give what is wanted, and remembers which one that was. */
export class Mirrors {
  readonly #options: MirrorOptions;
  readonly #log: Logger;
  readonly #proven = new Map<string, Repository>();

  constructor(options: MirrorOptions, log: Logger) {
    this.#options = options;
    this.#log = log;
  }

  /** Does `work` with each candidate for `repository` until one succeeds. */
  async pull<T>(repository: Repository, work: (candidate: Repository) => Promise<T>): Promise<T> {
    const name = formatRepository(repository);
    const proven = this.#proven.get(name);
    const others = pullCandidates(repository, this.#options).filter((each) => each !== proven);
    const failures: (RegistryError | ImageError)[] = [];
    for (const candidate of proven === undefined ? others : [proven, ...others]) {
      try {
        const result = await work(candidate);
        this.#proven.set(name, candidate);
        return result;
      } catch (error) {
        if (!isFault(error)) throw error;
        failures.push(error);
        this.#log.debug("cannot pull from here", {
          repository: formatRepository(candidate),
          reason: error.message,
        });
      }
    }
    throw combine(failures);
  }
}

/** Faults of one place that another place may not have. */
function isFault(error: unknown): error is RegistryError | ImageError {
  const known = error instanceof RegistryError || error instanceof ImageError;
  return known && !isBuilderError(error, "CREDENTIALS_INVALID");
}

const silent = ["REGISTRY_UNREACHABLE", "REGISTRY_UNAVAILABLE"] as const;

/** The last failure that is an answer, or the last one; what the others said is added. */
function combine(failures: readonly (RegistryError | ImageError)[]): unknown {
  const answer = failures.findLast((error) => !silent.some((code) => error.code === code));
  const main = answer ?? failures.at(-1);
  const others = failures.filter((error) => error !== main).map((error) => error.message);
  if (main === undefined || others.length === 0) return main;
  const message = `${main.message}; tried before or after: ${others.join("; ")}`;
  const options = {
    retryable: main.retryable,
    cause: main,
    ...(main.hint === undefined ? {} : { hint: main.hint }),
  };
  return new BuilderError(main.code, message, options);
}
