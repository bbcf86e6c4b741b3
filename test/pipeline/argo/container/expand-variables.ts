/**
 * Replaces `$(NAME)` in the arguments or the environment of a container, as the kubelet does:
 * `$$(` stands for `$(`, and names that are not there stay.
 */
export function expandVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$(?:\$|\(([^)]*)\))/g, (whole, name?: string) =>
    name === undefined ? "$" : (variables.get(name) ?? whole),
  );
}
