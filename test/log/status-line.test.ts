import { expect } from "chai";
import { StatusLine } from "../../src/log/status-line.ts";

const clear = "\r\u001B[2K";

describe("log/status-line", () => {
  let written: string;
  let line: StatusLine;

  beforeEach(() => {
    written = "";
    line = new StatusLine({ write: (text) => void (written += text), columns: () => 20 });
  });

  it("stays below what is written", () => {
    const owner = {};

    line.write("before\n");
    line.show(owner, "one");
    line.write("between\n");
    line.show(owner, "two");
    line.show(owner, undefined);
    line.write("after\n");

    expect(written).to.equal(`before\n${clear}one${clear}between\none${clear}two${clear}after\n`);
  });

  it("shows what all do, as far as there is room", () => {
    line.show({}, "one owner");
    line.show({}, "ünd another");

    expect(written).to.equal(`${clear}one owner${clear}one owner | ünd ano`);
  });

  it("writes nothing for what was never shown", () => {
    line.show({}, undefined);

    expect(written).to.equal("");
  });
});
