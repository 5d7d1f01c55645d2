/** A value of a server's metrics; 0 where it is not told. `name` is with its labels. */
export async function metric(main: string, name: string): Promise<number> {
  const text = await (await fetch(`${main}/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? "0");
}
