/**
 * Loaded before the program, in the place of the platform's cron: what it has to do comes with a
 * signal, instead of every minute, and what it has done is told on stdout.
 */
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

Object.defineProperty(Deno, "cron", {
  value: (name: string, schedule: string, task: () => Promise<void>) => {
    say(JSON.stringify({ cron: name, schedule }));
    const run = () => void task().then(() => say(JSON.stringify({ cron: "done" })));
    Deno.addSignalListener("SIGUSR2", run);
    // As where the job is why there is an instance.
    if (Deno.env.has("CRON_AT_ONCE")) run();
    return Promise.resolve();
  },
});
