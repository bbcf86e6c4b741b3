import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Paths of a certificate and its key, PEM. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/**
 * Makes a self-signed certificate in `directory`, good for servers on the loopback interface, for
 * clients and for tokens, and for servers of the names `hosts`; it is its own authority.
 */
export async function makeCertificate(
  directory: string,
  name: string,
  hosts: readonly string[] = [],
): Promise<CertificateFiles> {
  const certificate = path.join(directory, `${name}.crt`);
  const key = path.join(directory, `${name}.key`);
  const names = ["IP:127.0.0.1", ...hosts.map((host) => `DNS:${host}`)].join(",");
  const subject = `-subj /CN=${name} -addext subjectAltName=${names}`;
  const kind = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
  const args = ["req", "-x509", ...`${kind} ${subject}`.split(" ")];
  await run("openssl", [...args, "-keyout", key, "-out", certificate]);
  return { certificate, key };
}
