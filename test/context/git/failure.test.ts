import { expect } from "chai";
import { gitFailure } from "../../../src/context/git/failure.ts";

const address = "https://host.test/app.git";

describe("context/git/failure", () => {
  const complaints: readonly [complaint: string, code: string, says: string, hint?: string][] = [
    [
      "fatal: unable to access 'x': Could not resolve host: host.test",
      "CONTEXT_UNREACHABLE",
      "Could not resolve host",
      "Check the name of the host",
    ],
    ["error: RPC failed; HTTP 503", "CONTEXT_UNREACHABLE", "503"],
    [
      "fatal: unable to access 'x': The requested URL returned error: 403",
      "CONTEXT_REFUSED",
      "403",
      "If it is private, give GIT_TOKEN, GIT_USERNAME and GIT_PASSWORD, or ~/.git-credentials",
    ],
    [
      "Warning: x\nNo key is known\nHost key verification failed.\nfatal: Could not read from remote repository.\n\n" +
        "Please make sure you have the correct access rights\nand the repository exists.",
      "CONTEXT_REFUSED",
      "No key is known; Host key verification failed.",
      "Put the key of the host, as its owner says it, into ~/.ssh/known_hosts",
    ],
    [
      "@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
      "CONTEXT_REFUSED",
      "Host key verification failed.",
      "Ask who owns the host whether its key has changed, and put it into ~/.ssh/known_hosts",
    ],
    [
      "fatal: Could not read from remote repository.",
      "CONTEXT_REFUSED",
      "Could not read from remote",
    ],
  ];
  for (const [complaint, code, says, hint] of complaints) {
    it(`makes ${code} of: ${complaint.replaceAll("\n", " ").slice(0, 60)}`, () => {
      const error = gitFailure({ address, complaint, login: undefined, isContext: true });

      expect(error.code).to.equal(code);
      expect(error.retryable).to.equal(code === "CONTEXT_UNREACHABLE");
      expect(error.message).to.include(`git cannot fetch ${address}: `).and.include(says);
      if (hint !== undefined) expect(error.hint).to.equal(hint);
    });
  }
});
