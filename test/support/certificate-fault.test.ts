import { expect } from "chai";
import { isCertificateFault } from "../../src/support/certificate-fault.ts";

describe("support/certificate-fault", () => {
  it("tells certificates that do not fit from all else", () => {
    for (const code of [
      "CERT_HAS_EXPIRED",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ]) {
      expect(isCertificateFault(code), code).to.equal(true);
    }
    for (const code of ["ECONNRESET", "EPROTO", ""]) {
      expect(isCertificateFault(code), code).to.equal(false);
    }
  });
});
