import { parseBoolean } from "../parse-boolean.ts";
import { quote } from "../quote.ts";
import { didYouMean, nearestOption } from "../suggestion.ts";
import { syntaxError } from "../syntax-error.ts";
import { parseByteSize } from "./byte-size.ts";
import type { CacheMount, Mount } from "./mount.ts";

/** All options of a mount as they were read, before it is known which of them its type has. */
export interface MountOptions {
  type: Mount["type"];
  target: string;
  source: string;
  from: string;
  id: string;
  env: string | undefined;
  sharing: CacheMount["sharing"] | undefined;
  readOnly: boolean | undefined;
  required: boolean;
  sizeBytes: number;
  mode: number | undefined;
  uid: number | undefined;
  gid: number | undefined;
}

/** An option as it was written. */
interface WrittenOption {
  /** In lower case. */
  readonly key: string;
  readonly value: string;
  /** The whole field, for messages. */
  readonly field: string;
}

type Setter = (options: MountOptions, option: WrittenOption) => void;

const types: readonly Mount["type"][] = ["bind", "cache", "secret", "ssh", "tmpfs"];
const sharingModes: readonly CacheMount["sharing"][] = ["locked", "private", "shared"];
const largestId = 2 ** 32 - 1;

const setters: Readonly<Record<string, Setter>> = {
  type: setType,
  from: (options, { value }) => void (options.from = value),
  source: setSource,
  target: setTarget,
  readonly: setReadOnly,
  id: (options, { value }) => void (options.id = value),
  sharing: setSharing,
  required: setRequired,
  size: setSize,
  mode: (options, option) => void (options.mode = parseNumber(option, 8)),
  uid: (options, option) => void (options.uid = parseNumber(option, 10)),
  gid: (options, option) => void (options.gid = parseNumber(option, 10)),
  src: setSource,
  dst: setTarget,
  destination: setTarget,
  ro: setReadOnly,
  rw: setReadWrite,
  readwrite: setReadWrite,
  env: (options, { value }) => void (options.env = value),
};
const bareKeys = new Set(["readonly", "ro", "readwrite", "rw", "required"]);

/** Options of a mount that sets none. */
export function defaultMountOptions(): MountOptions {
  return {
    type: "bind",
    target: "",
    source: "",
    from: "",
    id: "",
    env: undefined,
    sharing: undefined,
    readOnly: undefined,
    required: false,
    sizeBytes: 0,
    mode: undefined,
    uid: undefined,
    gid: undefined,
  };
}

/**
 * Sets the option that `field` is, its value run through `expand`. Some options need the type to
 * be set before them.
 * @throws DOCKERFILE_SYNTAX for an option or a value that is not known
 */
export function setMountOption(
  options: MountOptions,
  field: string,
  expand: (value: string) => string,
): void {
  const equals = field.indexOf("=");
  const key = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
  if (equals < 0 && !bareKeys.has(key)) {
    throw syntaxError(`invalid field '${field}' must be a key=value pair`);
  }
  const value = equals < 0 ? "true" : expand(field.slice(equals + 1));
  const setter = Object.hasOwn(setters, key) ? setters[key] : undefined;
  if (setter === undefined) {
    const suggestion = didYouMean(nearestOption(key, Object.keys(setters)));
    throw syntaxError(`unexpected key '${key}' in '${field}'${suggestion}`);
  }
  setter(options, { key, value, field });
}

function setType(options: MountOptions, { value }: WrittenOption): void {
  const type = types.find((known) => known === value.toLowerCase());
  if (type === undefined) {
    const suggestion = didYouMean(nearestOption(value, types));
    throw syntaxError(`unsupported mount type ${quote(value)}${suggestion}`);
  }
  options.type = type;
}

function setSharing(options: MountOptions, { value }: WrittenOption): void {
  const sharing = sharingModes.find((known) => known === value.toLowerCase());
  if (sharing === undefined) {
    const suggestion = didYouMean(nearestOption(value, sharingModes));
    throw syntaxError(`unsupported sharing value ${quote(value)}${suggestion}`);
  }
  options.sharing = sharing;
}

function setSource(options: MountOptions, { value }: WrittenOption): void {
  options.source = value;
}

function setTarget(options: MountOptions, { value }: WrittenOption): void {
  options.target = value;
}

function setReadOnly(options: MountOptions, option: WrittenOption): void {
  options.readOnly = readBoolean(option);
}

function setReadWrite(options: MountOptions, option: WrittenOption): void {
  options.readOnly = !readBoolean(option);
}

function setRequired(options: MountOptions, option: WrittenOption): void {
  assertType(options, option, ["secret", "ssh"]);
  options.required = readBoolean(option);
}

function setSize(options: MountOptions, option: WrittenOption): void {
  assertType(options, option, ["tmpfs"]);
  const bytes = parseByteSize(option.value);
  if (bytes === undefined) throw invalidValue(option);
  options.sizeBytes = bytes;
}

function assertType(
  { type }: MountOptions,
  { key }: WrittenOption,
  allowed: readonly Mount["type"][],
): void {
  if (allowed.includes(type)) return;
  throw syntaxError(`unexpected key '${key}' for mount type '${type}'`);
}

function readBoolean(option: WrittenOption): boolean {
  const value = parseBoolean(option.value);
  if (value === undefined) throw invalidValue(option);
  return value;
}

function invalidValue({ key, value }: WrittenOption): Error {
  return syntaxError(`invalid value for ${key}: ${value}`);
}

function parseNumber({ key, value }: WrittenOption, base: 8 | 10): number {
  const digits = base === 8 ? /^[0-7]+$/ : /^[0-9]+$/;
  const number = digits.test(value) ? Number.parseInt(value, base) : largestId + 1;
  if (number > largestId) throw syntaxError(`invalid value ${value} for ${key}`);
  return number;
}
