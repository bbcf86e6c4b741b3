/** PATH of images that set none (containerd's default for Unix). */
export const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Splits `NAME=value`; an entry without `=` has an empty value. */
export function splitVariable(entry: string): [name: string, value: string] {
  const equals = entry.indexOf("=");
  return equals < 0 ? [entry, ""] : [entry.slice(0, equals), entry.slice(equals + 1)];
}
