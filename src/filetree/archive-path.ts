import { malformed } from "../errors/image-error.ts";

/** Needs normalising: begins with a slash, or has an empty, `.` or `..` component. */
const irregular = /^\/|\/$|(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * The path in a tree that the name of an archive member stands for: leading and trailing slashes,
 * empty parts and `.` are dropped, and `..` takes away what is written before it. The empty string
 * is the root.
 *
 * @throws IMAGE_MALFORMED when `..` leads out of the root.
 */
export function archivePath(name: string): string {
  if (!irregular.test(name)) return name;
  const path: string[] = [];
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") {
      path.push(part);
    } else if (path.pop() === undefined) {
      throw malformed(`the name ${JSON.stringify(name)} leads out of the root`);
    }
  }
  return path.join("/");
}
