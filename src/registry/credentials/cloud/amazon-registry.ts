/** Where the API is that gives tokens for a registry of Amazon's. */
export interface AmazonRegistry {
  readonly service: "ecr" | "ecr-public";
  readonly region: string;
  /** Whether the API is asked by its FIPS endpoint. */
  readonly fips: boolean;
  /** Whether the API is asked by its endpoint for IPv4 and IPv6. */
  readonly dualStack: boolean;
}

const publicHosts = new Set(["public.ecr.aws", "ecr-public.aws.com"]);
// The API of ECR Public is in this region only.
const publicRegion = "us-east-1";

/** Of Amazon's partitions: the usual one, China, the EU's, and those that are cut off from the Internet. */
const suffixes =
  "amazonaws.com|amazonaws.com.cn|amazonaws.eu|on.aws|on.amazonwebservices.com.cn|" +
  "c2s.ic.gov|sc2s.sgov.gov|cloud.adc-e.uk|csp.hci.ic.gov";
const privateHost = new RegExp(
  `^[0-9]{12}\\.dkr[.-]ecr(-fips)?\\.([a-z0-9_-]+)\\.(${suffixes.replaceAll(".", "\\.")})$`,
);

/**
 * Reads the host of a registry as amazon-ecr-credential-helper does; undefined when it is none of Amazon's.
 * The whole host counts: a name that only begins like one gets no token.
 */
export function parseAmazonRegistry(host: string): AmazonRegistry | undefined {
  if (publicHosts.has(host)) {
    return { service: "ecr-public", region: publicRegion, fips: false, dualStack: false };
  }
  const [, fips, region, suffix = ""] = privateHost.exec(host) ?? [];
  if (region === undefined) return undefined;
  return {
    service: "ecr",
    region,
    fips: fips !== undefined,
    dualStack: suffix.startsWith("on."),
  };
}
