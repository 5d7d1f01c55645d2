/** A value of a server's metrics; 0 where it is not told. `name` is with its labels. */
export async function metric(main: string, name: string): Promise<number> {
  const [value] = await metrics(main, [name]);
  return value;
}

/** Values of a server's metrics at one moment. */
export async function metrics<const Names extends readonly string[]>(
  main: string,
  names: Names,
): Promise<{ [At in keyof Names]: number }> {
  const lines = (await (await fetch(`${main}/metrics`)).text()).split("\n");
  const values = names.map((name) => {
    const line = lines.find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1) ?? "0");
  });
  // One for each of the names.
  return values as { [At in keyof Names]: number };
}
