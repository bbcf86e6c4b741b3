import { defaultRegistry } from "../../image/reference.ts";
import { canonicalRegistry } from "../host.ts";
import type { Environment } from "./credential-helper.ts";
import { absent, type CredentialsAnswer, type CredentialsSource } from "./credentials.ts";

/** A service whose jobs have credentials in their environment. */
export type ServiceName = "gitlab" | "github" | "dockerhub";

/** Variables of a user and a password. */
interface Login {
  readonly userVariable?: string;
  /** The user where the variable is not set. */
  readonly user?: string;
  readonly passwordVariable: string;
}

interface Service {
  readonly name: string;
  /** Its one registry, or the variable that says it. */
  readonly registry: string | { readonly variable: string };
  /** The first that is complete counts. */
  readonly logins: readonly Login[];
}

const services: Readonly<Record<ServiceName, Service>> = {
  // https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/
  gitlab: {
    name: "GitLab CI",
    registry: { variable: "CI_REGISTRY" },
    logins: [
      { userVariable: "CI_REGISTRY_USER", passwordVariable: "CI_REGISTRY_PASSWORD" },
      { user: "gitlab-ci-token", passwordVariable: "CI_JOB_TOKEN" },
    ],
  },
  // Any user will do, the token counts:
  // https://docs.github.com/packages/working-with-a-github-packages-registry/working-with-the-container-registry
  github: {
    name: "GitHub",
    registry: "ghcr.io",
    logins: [
      { userVariable: "GITHUB_ACTOR", user: "x-access-token", passwordVariable: "GITHUB_TOKEN" },
    ],
  },
  // As docker's documentation for pipelines names them: https://docs.docker.com/build/ci/github-actions/
  dockerhub: {
    name: "Docker Hub",
    registry: defaultRegistry,
    logins: [{ userVariable: "DOCKERHUB_USERNAME", passwordVariable: "DOCKERHUB_TOKEN" }],
  },
};

/** Credentials that the variables of a service have, for its one registry. */
export function serviceSource(service: ServiceName, environment: Environment): CredentialsSource {
  return {
    name: services[service].name,
    find: async ({ registry }) =>
      Promise.resolve(find(service, canonicalRegistry(registry), environment)),
  };
}

function find(service: ServiceName, host: string, environment: Environment): CredentialsAnswer {
  const { logins } = services[service];
  const registry = registryOf(service, environment);
  if (registry === undefined) return absent("CI_REGISTRY is not set");
  if (host !== canonicalRegistry(registry)) return absent(`it is for ${registry} only`);
  const [found] = logins.flatMap((login) => readLogin(login, environment));
  if (found !== undefined) return { kind: "found", ...found };
  const variables = logins.map(({ passwordVariable, user, userVariable = "" }) =>
    user === undefined ? `${userVariable} with ${passwordVariable}` : passwordVariable,
  );
  return absent(`not set: ${variables.join(", ")}`);
}

/** The registries that services have credentials for, and where these are from. */
export function serviceLogins(
  service: ServiceName,
  environment: Environment,
): readonly { readonly registry: string; readonly origin: string }[] {
  const registry = registryOf(service, environment);
  const [found] = services[service].logins.flatMap((login) => readLogin(login, environment));
  return registry === undefined || found === undefined ? [] : [{ registry, origin: found.origin }];
}

/** The host, also where a variable has it as an address. */
function registryOf(service: ServiceName, environment: Environment): string | undefined {
  const { registry } = services[service];
  if (typeof registry === "string") return registry;
  const host = (environment[registry.variable] ?? "").replace(/^https?:\/\//, "").split("/")[0];
  return host === "" ? undefined : host;
}

function readLogin(login: Login, environment: Environment) {
  const { passwordVariable, userVariable = "" } = login;
  const given = environment[userVariable] ?? "";
  const username = given === "" ? (login.user ?? "") : given;
  const password = environment[passwordVariable] ?? "";
  if (username === "" || password === "") return [];
  return [
    { credentials: { kind: "basic" as const, username, password }, origin: passwordVariable },
  ];
}
