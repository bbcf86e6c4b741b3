import type { SourceLocation } from "../../errors/source-location.ts";
import { splitPortWord } from "../ports.ts";
import type { CheckReporter } from "./reporter.ts";

/**
 * ExposeProtoCasing and ExposeInvalidFormat, for one expanded word of an EXPOSE.
 *
 * @throws DOCKERFILE_INVALID for an unknown protocol, or without a port
 */
export function checkExposedPort(
  word: string,
  location: SourceLocation,
  reporter: CheckReporter,
): void {
  const { ip, hostPort } = splitPortWord(word);
  if (/\/.*[A-Z]/.test(word)) {
    const message = `Defined protocol '${word}' in EXPOSE instruction should be lowercase`;
    reporter.report("ExposeProtoCasing", location, message);
  }
  if (ip !== "" || hostPort !== "") {
    const message = `EXPOSE instruction should not define an IP address or host-port mapping, found '${word}'`;
    reporter.report("ExposeInvalidFormat", location, message);
  }
}
