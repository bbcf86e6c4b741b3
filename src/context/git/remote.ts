/** Where a repository is. */
export interface Remote {
  /** As git takes it; for all but ssh without user and password. */
  readonly address: string;
  /** The same with user and password, where it is of http or https. */
  readonly url: URL | undefined;
}

/** Takes user and password out of an address: they must come on no command line and no disk. */
export function readRemote(address: string): Remote {
  if (!/^(?:https?|git):/.test(address) || !URL.canParse(address)) {
    return { address, url: undefined };
  }
  const url = new URL(address);
  const isHttp = url.protocol !== "git:";
  if (url.username === "" && url.password === "") {
    return { address, url: isHttp ? url : undefined };
  }
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return { address: bare.href, url: isHttp ? url : undefined };
}
