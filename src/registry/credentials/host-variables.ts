import { RegistryError } from "../../errors/registry-error.ts";
import { defaultRegistry } from "../../image/reference.ts";
import { canonicalRegistry } from "../host.ts";
import type { Environment } from "./credential-helper.ts";
import { absent, type CredentialsAnswer, type CredentialsSource } from "./credentials.ts";

/** `SLIPWAY_AUTH_<HOST>_USER` with `SLIPWAY_AUTH_<HOST>_PASSWORD`; see `hostInVariable`. */
const ours = { prefix: "SLIPWAY_AUTH_", user: "_USER", password: "_PASSWORD" } as const;
const kanikoPrefix = "KANIKO_";

/**
 * A host as it is written in the names of our variables: `.` as `_`, `-` as `__`, `:` as `___`, in capitals.
 * Two hosts never have the same, since no host has two of these marks beside each other but `--`.
 */
export function hostInVariable(host: string): string {
  const marks: Readonly<Record<string, string>> = { ".": "_", "-": "__", ":": "___" };
  return host.replaceAll(/[.:-]/g, (mark) => marks[mark] ?? "").toUpperCase();
}

/**
 * Credentials in variables for one host each: ours, then kaniko's `KANIKO_<HOST>_USER` and `_PASSWORD`,
 * which have `_` for `.`. Kaniko also has it for `-`, and looks up parent domains; here a variable is for
 * one host only, so hosts with `-` need ours.
 */
export function hostVariablesSource(environment: Environment): CredentialsSource {
  return {
    name: "variables for hosts",
    find: async ({ registry }) => Promise.resolve(find(canonicalRegistry(registry), environment)),
  };
}

function find(host: string, environment: Environment): CredentialsAnswer {
  const [own, kanikos] = [ownName(host), kanikoNames(host)];
  // Kaniko's name of a host with `-` is another host's too.
  const clear = host.includes("-") ? [] : kanikos;
  for (const name of [own, ...clear]) {
    const answer = readPair(environment, name);
    if (answer !== undefined) return answer;
  }
  const unclear = kanikos.find((name) => environment[`${name}${ours.user}`] !== undefined);
  return absent(
    unclear === undefined
      ? `neither ${own}${ours.user} nor one of kaniko's is set`
      : `${unclear}${ours.user} may be for another host; set ${own}${ours.user}`,
  );
}

function ownName(host: string): string {
  return `${ours.prefix}${hostInVariable(host)}`;
}

/** The beginnings of the names that kaniko looks for: it has docker's name of Docker Hub. */
function kanikoNames(host: string): string[] {
  const names = host === defaultRegistry ? [`index.${host}`, host] : [host];
  return names.map((name) => `${kanikoPrefix}${name.replaceAll(/[.-]/g, "_").toUpperCase()}`);
}

function readPair(environment: Environment, name: string): CredentialsAnswer | undefined {
  const [userName, passwordName] = [`${name}${ours.user}`, `${name}${ours.password}`];
  const [username, password] = [environment[userName] ?? "", environment[passwordName] ?? ""];
  if (username === "" && password === "") return undefined;
  if (username === "" || password === "") {
    const [set, missing] = username === "" ? [passwordName, userName] : [userName, passwordName];
    throw new RegistryError("CREDENTIALS_INVALID", `${set} is set, but ${missing} is not`, {
      hint: "Set both variables, or neither",
    });
  }
  return { kind: "found", credentials: { kind: "basic", username, password }, origin: userName };
}

/** The hosts that our variables are for, with the names of the variables; of kaniko's, as they may be meant. */
export function hostVariables(
  environment: Environment,
): readonly { readonly registry: string; readonly origin: string }[] {
  return Object.keys(environment)
    .filter((name) => name.endsWith(ours.user) && environment[name] !== "")
    .flatMap((origin) => {
      const prefix = [ours.prefix, kanikoPrefix].find((each) => origin.startsWith(each));
      if (prefix === undefined) return [];
      const written = origin.slice(prefix.length, -ours.user.length);
      const registry = prefix === kanikoPrefix ? written.replaceAll("_", ".") : hostOf(written);
      return registry === "" ? [] : [{ registry: registry.toLowerCase(), origin }];
    });
}

function hostOf(written: string): string {
  return written.replaceAll(/_+/g, ({ length }) =>
    length % 2 === 0 ? "-".repeat(length / 2) : length === 1 ? "." : ":",
  );
}
