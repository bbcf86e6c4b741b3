import { expect } from "chai";
import { parseExposedPorts } from "../../src/dockerfile/ports.ts";
import { errorFrom } from "../support/error-from.ts";

describe("dockerfile/ports", () => {
  const accepted = [
    { words: ["80", "53/UDP", "9/sctp"], ports: ["80/tcp", "53/udp", "9/sctp"] },
    { words: ["080", "+81", "82/"], ports: ["80/tcp", "81/tcp", "82/tcp"] },
    { words: ["8000-8002/udp"], ports: ["8000/udp", "8001/udp", "8002/udp"] },
    { words: ["127.0.0.1:1:80", "[::1]:2:81", "::1:3:82"], ports: ["80/tcp", "81/tcp", "82/tcp"] },
    { words: ["90-92:80", "1-2:81-82"], ports: ["80/tcp", "81/tcp", "82/tcp"] },
    { words: [], ports: [] },
  ];
  for (const { words, ports } of accepted) {
    it(`reads ${words.join(" ") || "nothing"}`, () => {
      expect(parseExposedPorts(words)).to.deep.equal(ports);
    });
  }

  const refused = [
    { word: "", message: 'invalid port: "": no port specified' },
    { word: "/udp", message: 'invalid port: "/udp": no port specified' },
    { word: "80/icmp", message: 'invalid port: "80/icmp": invalid proto: icmp' },
    { word: "65536", message: "invalid containerPort: 65536" },
    { word: "81-80", message: "invalid containerPort: 81-80" },
    { word: "x:80", message: "invalid hostPort: x" },
    { word: "1.2.3:1:80", message: "invalid IP address: 1.2.3" },
    { word: "1.2.3.256:1:80", message: "invalid IP address: 1.2.3.256" },
    {
      word: "1:80-81",
      message: "invalid ranges specified for container and host Ports: 80-81 and 1",
    },
  ];
  for (const { word, message } of refused) {
    it(`refuses ${JSON.stringify(word)}`, () => {
      const error = errorFrom(() => parseExposedPorts([word]));

      expect(error.code).to.equal("DOCKERFILE_INVALID");
      expect(error.message).to.equal(message);
    });
  }

  it("refuses more ports than a machine has many times over", () => {
    const words = Array.from({ length: 100 }, () => "0-65535");

    expect(errorFrom(() => parseExposedPorts(words)).message).to.equal("too many ports");
  });
});
