import type { Environment, Host } from "../../src/cli/host.ts";

/** A process of the tests: what it was told to write, and signals at will. */
export interface FakeHost extends Host {
  readonly out: string[];
  readonly errors: string[];
  /** Sends a signal to whoever listens, and tells how many do. */
  raise(signal: NodeJS.Signals): number;
}

/** Makes a host with these arguments, on an amd64 machine without a terminal. */
export function fakeHost(argv: readonly string[], environment: Environment = {}): FakeHost {
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  const out: string[] = [];
  const errors: string[] = [];
  return {
    program: "slipway",
    argv,
    environment,
    writeOut: (text) => void out.push(text),
    writeError: (text) => void errors.push(text),
    platform: { os: "linux", architecture: "amd64" },
    workingDirectory: "/",
    exists: () => false,
    columns: 100,
    terminal: false,
    onSignal: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    out,
    errors,
    raise: (signal) => {
      for (const listener of listeners) listener(signal);
      return listeners.size;
    },
  };
}
