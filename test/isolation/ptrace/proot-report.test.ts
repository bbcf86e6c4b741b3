import { expect } from "chai";
import { ProotReport } from "../../../src/isolation/ptrace/proot-report.ts";

const preamble = `proot info: binding = /proc
proot info: argv = /bin/sh -c echo
two lines
proot info: verbose level = 1
`;

function read(report: ProotReport, ...chunks: string[]): string {
  return chunks.map((chunk) => report.read(Buffer.from(chunk)).toString()).join("");
}

describe("isolation/ptrace/proot-report", () => {
  it("takes what proot says from what the command says", () => {
    const report = new ProotReport();

    const said = read(
      report,
      preamble.slice(0, 50),
      preamble.slice(50),
      "hello\nproot in",
      'fo: pid 7: exited with status 0\nproot info: pid 8: access to "/dev/null" (fd 0) won\'t be translated until closed\nwor',
      "ld\n",
    );

    expect(said).to.equal("hello\nworld\n");
  });

  it("loses nothing of the command where both speak at once", () => {
    const report = new ProotReport();

    const said = read(
      report,
      preamble,
      "proot info: warning: unused\npid 7: exited with status 3\n\n",
    );

    expect(said).to.equal("warning: unused\n\n");
    expect(report.statusOf(7, 5)).to.deep.equal({ code: 3, signal: undefined });
  });

  it("gives the last line also where it has no end", () => {
    const report = new ProotReport();

    expect(read(report, preamble, "no newline")).to.equal("");
    expect(report.finish().toString()).to.equal("no newline");
  });

  it("knows the status of each process, and the command as the one that came first", () => {
    const report = new ProotReport();
    read(report, preamble, "proot info: pid 3: exited with status 0\n");
    read(report, "proot info: pid 4194300: terminated with signal 9\n");

    expect(report.statusOf(3, 4194299)).to.deep.equal({ code: 0, signal: undefined });
    expect(report.statusOf(undefined, 4194299)).to.deep.equal({
      code: undefined,
      signal: "SIGKILL",
    });
  });

  it("has a complaint where the command was not started", () => {
    const report = new ProotReport();
    read(report, "proot info: binding = /proc\nproot error: 'x' not found (root = /r)\n");
    read(report, "fatal error: see `proot --help`.\n");
    report.finish();

    expect(report.complaint).to.equal("proot error: 'x' not found (root = /r)");
  });
});
