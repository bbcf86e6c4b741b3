/**
 * Results by key, each made once however many ask at the same time, until it is to be renewed. Failures
 * are not kept.
 */
export class Kept<T> {
  readonly #results = new Map<string, Promise<T>>();
  readonly #renewAtMs: (result: T) => number;

  /** `renewAtMs` says until when a result is good, in milliseconds since 1970. */
  constructor(renewAtMs: (result: T) => number) {
    this.#renewAtMs = renewAtMs;
  }

  async get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#results.get(key);
    if (known !== undefined) {
      const result = await known;
      if (Date.now() < this.#renewAtMs(result)) return result;
      if (this.#results.get(key) === known) this.#results.delete(key);
      return this.get(key, make);
    }
    const made = make();
    this.#results.set(key, made);
    made.catch(() => {
      if (this.#results.get(key) === made) this.#results.delete(key);
    });
    return made;
  }

  async known(key: string): Promise<T | undefined> {
    return this.#results.get(key);
  }

  forget(key: string): void {
    this.#results.delete(key);
  }
}
