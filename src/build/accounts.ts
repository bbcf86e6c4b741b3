import { BuilderError } from "../errors/builder-error.ts";
import type { Owner } from "../filetree/copy.ts";
import type { CommandUser } from "../isolation/isolation.ts";

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The users and groups that an image knows. */
export interface Accounts {
  readonly users: readonly PasswdEntry[];
  readonly groups: readonly GroupEntry[];
}

/** Parses the texts of /etc/passwd and /etc/group; lines that make no sense are passed over. */
export function parseAccounts(passwd: string, group: string): Accounts {
  const users = rows(passwd).flatMap(([name = "", , uid, gid, , home = ""]) =>
    isId(uid) && isId(gid) ? [{ name, uid: Number(uid), gid: Number(gid), home }] : [],
  );
  const groups = rows(group).flatMap(([name = "", , gid, members = ""]) =>
    isId(gid) ? [{ name, gid: Number(gid), members: members.split(",") }] : [],
  );
  return { users, groups };
}

/**
 * The owner that `--chown` or a WORKDIR's USER means: `user`, `user:group` or `:group`, by name or
 * number. A number alone stands for the group too; a name alone brings its primary group. A name
 * that the image does not know counts as 0, as in BuildKit; it is returned as `unknown`.
 */
export function resolveOwner(
  text: string,
  accounts: Accounts,
): { readonly owner: Owner; readonly unknown: string | undefined } {
  const [user, group = ""] = splitOnce(text);
  const identity = identityOf(user, accounts);
  const gid = groupOf(group, accounts);
  const isGroupUnknown = group !== "" && gid === undefined;
  return {
    owner: { uid: identity?.uid ?? 0, gid: group === "" ? (identity?.gid ?? 0) : (gid ?? 0) },
    unknown: identity === undefined ? user : isGroupUnknown ? group : undefined,
  };
}

/** Ids of a user by name or number; the empty name is root. Undefined for a name nobody has. */
function identityOf(user: string, accounts: Accounts): Owner | undefined {
  if (user === "") return { uid: 0, gid: 0 };
  if (isId(user)) return { uid: Number(user), gid: Number(user) };
  return accounts.users.find((entry) => entry.name === user);
}

function groupOf(group: string, accounts: Accounts): number | undefined {
  if (isId(group)) return Number(group);
  return accounts.groups.find((entry) => entry.name === group)?.gid;
}

/**
 * The identity of a RUN under `USER text`, with supplementary groups as the image's group file has
 * them, the primary one among them. A number that is in no passwd file gets group 0; an explicit
 * group replaces all others.
 *
 * @throws DOCKERFILE_INVALID when a name is not known to the image.
 */
export function resolveCommandUser(text: string, accounts: Accounts): CommandUser {
  const [user, group] = splitOnce(text === "" ? "0" : text);
  const known = isId(user)
    ? accounts.users.find((entry) => entry.uid === Number(user))
    : findUser(user === "" ? "root" : user, accounts);
  const uid = known?.uid ?? Number(user);
  if (group !== undefined && group !== "") {
    const gid = resolveGroup(group, accounts);
    return { uid, gid, additionalGids: [gid] };
  }
  const memberOf = accounts.groups.filter(
    (entry) => known !== undefined && entry.members.includes(known.name),
  );
  const gid = known?.gid ?? 0;
  return { uid, gid, additionalGids: [...new Set([gid, ...memberOf.map((entry) => entry.gid)])] };
}

/** The home directory that the image gives to `uid`, or `/` where it gives none. */
export function homeOf(uid: number, accounts: Accounts): string {
  const home = accounts.users.find((entry) => entry.uid === uid)?.home ?? "";
  return home === "" ? "/" : home;
}

function findUser(name: string, accounts: Accounts): PasswdEntry {
  const user = accounts.users.find((entry) => entry.name === name);
  if (user === undefined) throw unknownAccount("user", name);
  return user;
}

function resolveGroup(text: string, accounts: Accounts): number {
  const gid = groupOf(text, accounts);
  if (gid === undefined) throw unknownAccount("group", text);
  return gid;
}

function unknownAccount(kind: "user" | "group", name: string): BuilderError {
  const file = kind === "user" ? "passwd" : "group";
  return new BuilderError(
    "DOCKERFILE_INVALID",
    `unable to find ${kind} ${name}: no matching entries in ${file} file`,
    { hint: `Create the ${kind} in an earlier RUN, or use its number` },
  );
}

function rows(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => line.trim().split(":"));
}

function splitOnce(text: string): [string, string | undefined] {
  const colon = text.indexOf(":");
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= 0xffff_fffe;
}
