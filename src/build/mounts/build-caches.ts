import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import type { Contents } from "../../layer/contents.ts";
import type { CacheDirectories, CacheLease, CacheRequest } from "./cache-directories.ts";
import { writeNode } from "./write-node.ts";

/** One directory of a cache. */
interface PooledDirectory {
  readonly path: Promise<string>;
  /** How many commands have it now. */
  users: number;
  /** Whether they share it. */
  isShared: boolean;
}

/** Cache directories that last for one build. */
export class BuildCaches implements CacheDirectories {
  readonly #directory: string;
  readonly #contents: Pick<Contents, "forEachContent">;
  readonly #pools = new Map<string, PooledDirectory[]>();
  /** Has an event of the key's name when a directory has become free. */
  readonly #released = new EventEmitter().setMaxListeners(0);
  #count = 0;

  /** All of it lies in `directory`, which is made on demand. */
  constructor(directory: string, contents: Pick<Contents, "forEachContent">) {
    this.#directory = directory;
    this.#contents = contents;
  }

  async acquire(request: CacheRequest, signal: AbortSignal): Promise<CacheLease> {
    const { key, sharing } = request;
    let directory = this.#choose(request);
    while (directory === undefined) {
      await once(this.#released, eventOf(key), { signal });
      directory = this.#choose(request);
    }
    const chosen = directory;
    chosen.users += 1;
    chosen.isShared = sharing === "shared";
    const release = (): void => {
      chosen.users -= 1;
      if (chosen.users === 0) this.#released.emit(eventOf(key));
    };
    try {
      return { path: await chosen.path, [Symbol.dispose]: release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** No other build has any of them. */
  reopen(): Promise<Disposable> {
    return Promise.resolve({ [Symbol.dispose]: () => undefined });
  }

  /** A directory to have now; undefined where there is one that must be waited for. */
  #choose(request: CacheRequest): PooledDirectory | undefined {
    const pool = this.#pool(request.key);
    const joined = pool.find(({ users, isShared }) => users > 0 && isShared);
    if (request.sharing === "shared" && joined !== undefined) return joined;
    const free = pool.find(({ users }) => users === 0);
    if (free !== undefined) return free;
    if (request.sharing === "locked" && pool.length > 0) return undefined;
    return this.#create(request);
  }

  #create({ key, seed, fill }: CacheRequest): PooledDirectory {
    this.#count += 1;
    const place = join(this.#directory, String(this.#count));
    const path = fill?.(place) ?? writeNode(place, seed, this.#contents);
    const directory = { path, users: 0, isShared: false };
    this.#pool(key).push(directory);
    return directory;
  }

  #pool(key: string): PooledDirectory[] {
    const pool = this.#pools.get(key) ?? [];
    this.#pools.set(key, pool);
    return pool;
  }
}

/** The bare name `error` would mean something else to an emitter. */
function eventOf(key: string): string {
  return `released ${key}`;
}
