import { DockerfileError } from "../errors/dockerfile-error.ts";
import { quote } from "./quote.ts";

const protocols = ["tcp", "udp", "sctp"];
const largestPort = 65_535;
const mostPorts = 4 * (largestPort + 1);

/** The parts of `[[ip:][hostPort]:]containerPort[/protocol]`, each a port or a range of ports. */
interface PortWord {
  readonly ip: string;
  readonly hostPort: string;
  readonly containerPort: string;
  readonly protocol: string;
}

/**
 * Reads the expanded words of EXPOSE: every port that they name as `port/protocol`, ranges spelled
 * out, in the words' order. Addresses and host ports are checked, and then ignored.
 * @throws DOCKERFILE_INVALID for a word that names no ports
 */
export function parseExposedPorts(words: readonly string[]): string[] {
  const exposed: string[] = [];
  for (const word of words) {
    const { ip, hostPort, containerPort, protocol } = splitPortWord(word);
    assertAddress(ip);
    const ports = parseRange(containerPort, "containerPort");
    if (hostPort !== "") assertHostPorts(ports, containerPort, hostPort);
    for (let port = ports.first; port <= ports.last; port++) exposed.push(`${port}/${protocol}`);
    if (exposed.length > mostPorts) throw invalid("too many ports");
  }
  return exposed;
}

/**
 * Takes one expanded word of EXPOSE apart. Only the protocol is checked.
 * @throws DOCKERFILE_INVALID for an unknown protocol, or without a port
 */
export function splitPortWord(word: string): PortWord {
  const parts = word.split(":");
  const port = parts.pop() ?? "";
  const hostPort = parts.pop() ?? "";
  const slash = port.indexOf("/");
  const containerPort = slash < 0 ? port : port.slice(0, slash);
  const protocol = (slash < 0 ? "" : port.slice(slash + 1).toLowerCase()) || "tcp";
  if (containerPort === "") throw invalid(`invalid port: ${quote(word)}: no port specified`);
  if (!protocols.includes(protocol)) {
    throw invalid(`invalid port: ${quote(word)}: invalid proto: ${protocol}`);
  }
  return { ip: parts.join(":"), hostPort, containerPort, protocol };
}

function assertAddress(ip: string): void {
  const address = ip.startsWith("[") && ip.endsWith("]") ? ip.slice(1, -1) : ip;
  const isIPv4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/.test(
    address,
  );
  const isIPv6 = /^[0-9a-f:.]+$/i.test(address) && URL.canParse(`http://[${address}]/`);
  if (ip !== "" && !isIPv4 && !isIPv6) throw invalid(`invalid IP address: ${address}`);
}

interface PortRange {
  readonly first: number;
  readonly last: number;
}

function parseRange(text: string, what: string): PortRange {
  const dash = text.indexOf("-");
  const first = parsePort(dash < 0 ? text : text.slice(0, dash));
  const last = dash < 0 ? first : parsePort(text.slice(dash + 1));
  if (first === undefined || last === undefined || last < first) {
    throw invalid(`invalid ${what}: ${text}`);
  }
  return { first, last };
}

function parsePort(text: string): number | undefined {
  const port = /^[-+]?[0-9]+$/.test(text) ? Number(text) : -1;
  return port >= 0 && port <= largestPort ? port : undefined;
}

/** A range of host ports goes with a single container port, or with a range of the same size. */
function assertHostPorts(ports: PortRange, containerPort: string, hostPort: string): void {
  const host = parseRange(hostPort, "hostPort");
  const size = ports.last - ports.first;
  if (size === 0 || size === host.last - host.first) return;
  throw invalid(
    `invalid ranges specified for container and host Ports: ${containerPort} and ${hostPort}`,
  );
}

function invalid(message: string): DockerfileError {
  return new DockerfileError("DOCKERFILE_INVALID", message);
}
