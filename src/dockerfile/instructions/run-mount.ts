import type { RunInstruction } from "../instruction.ts";
import { syntaxError, withLocation } from "../syntax-error.ts";
import { splitCsv } from "./csv.ts";
import type { Mount } from "./mount.ts";
import { defaultMountOptions, type MountOptions, setMountOption } from "./mount-options.ts";

/**
 * Reads the mounts of a RUN; `expand` expands the variables of each value.
 * @throws DOCKERFILE_SYNTAX, or what `expand` throws, at the place of the instruction
 */
export function parseMounts(
  { location, mounts }: Pick<RunInstruction, "location" | "mounts">,
  expand: (value: string) => string,
): Mount[] {
  return withLocation(location, () => mounts.map((mount) => parseMount(mount, expand)));
}

/**
 * Checks what can be said of a mount before variables have values.
 * @throws DOCKERFILE_SYNTAX for malformed fields, and for a variable in `from`
 */
export function checkMount(mount: string): void {
  for (const field of splitCsv(mount, "mounts")) {
    const from = /^from=(.*)$/is.exec(field)?.[1];
    if (from !== undefined && /\$[^\n]/.test(from)) {
      throw syntaxError("'from' doesn't support variable expansion, define alias stage instead");
    }
  }
}

function parseMount(mount: string, expand: (value: string) => string): Mount {
  const options = defaultMountOptions();
  for (const field of splitCsv(mount, "mounts")) setMountOption(options, field, expand);
  assertConsistent(options);
  return ofType(options);
}

function assertConsistent(options: MountOptions): void {
  const { type } = options;
  if (type === "bind" || type === "tmpfs") {
    for (const key of ["mode", "uid", "gid"] as const) {
      if (options[key] === undefined) continue;
      throw syntaxError(`${key} not allowed for "${type}" type mounts`);
    }
  }
  if (type === "secret") assertSecret(options);
  if (options.sharing !== undefined && type !== "cache") {
    throw syntaxError(`invalid cache sharing set for ${type} mount`);
  }
}

function assertSecret({ from, sharing, source, target, id }: MountOptions): void {
  if (from !== "") throw syntaxError("secret mount should not have a from");
  if (sharing !== undefined) throw syntaxError("secret mount should not define sharing");
  if (source === "" && target === "" && id === "") {
    throw syntaxError("invalid secret mount. one of source, target required");
  }
  if (source !== "" && id !== "") throw syntaxError("both source and id can't be set");
}

function ofType(options: MountOptions): Mount {
  const { target, sizeBytes, required, mode, uid, gid, env } = options;
  const source = given(options.source);
  const from = given(options.from);
  const id = given(options.id);
  switch (options.type) {
    case "bind":
      return { type: "bind", target, source, from, readOnly: options.readOnly ?? true };
    case "tmpfs":
      return { type: "tmpfs", target, sizeBytes, readOnly: options.readOnly ?? false };
    case "cache": {
      const sharing = options.sharing ?? "shared";
      const readOnly = options.readOnly ?? false;
      return { type: "cache", target, id, sharing, from, source, readOnly, mode, uid, gid };
    }
    case "secret":
      return { type: "secret", target, id: id ?? source, env, required, mode, uid, gid };
    case "ssh":
    default:
      return { type: "ssh", target, id, required, mode, uid, gid };
  }
}

function given(text: string): string | undefined {
  return text === "" ? undefined : text;
}
