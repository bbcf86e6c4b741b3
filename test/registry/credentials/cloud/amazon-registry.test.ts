import { expect } from "chai";
import { parseAmazonRegistry } from "../../../../src/registry/credentials/cloud/amazon-registry.ts";

const plain = { service: "ecr", fips: false, dualStack: false };

describe("registry/credentials/cloud/amazon-registry", () => {
  const known = {
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com": { ...plain, region: "eu-west-1" },
    "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com": {
      ...plain,
      region: "us-gov-west-1",
      fips: true,
    },
    "123456789012.dkr-ecr.eu-west-1.on.aws": { ...plain, region: "eu-west-1", dualStack: true },
    "123456789012.dkr-ecr-fips.us-east-1.on.aws": {
      service: "ecr",
      region: "us-east-1",
      fips: true,
      dualStack: true,
    },
    "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn": { ...plain, region: "cn-north-1" },
    "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu": { ...plain, region: "eusc-de-east-1" },
    "public.ecr.aws": { ...plain, service: "ecr-public", region: "us-east-1" },
  };
  for (const [host, registry] of Object.entries(known)) {
    it(`knows ${host}`, () => {
      expect(parseAmazonRegistry(host)).to.deep.equal(registry);
    });
  }

  for (const host of [
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com.example.com",
    "x123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    "12345678901.dkr.ecr.eu-west-1.amazonaws.com",
    "123456789012.dkr.ecr.eu-west-1.amazonawsXcom",
    "123456789012.dkr.ecr.eu-west-1.x.amazonaws.com",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com:8443",
    "123456789012.dkrXecr.eu-west-1.amazonaws.com",
    "a.public.ecr.aws",
    "ecr.aws",
  ]) {
    it(`does not take ${host} for Amazon's`, () => {
      expect(parseAmazonRegistry(host)).to.equal(undefined);
    });
  }
});
