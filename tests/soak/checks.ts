/** A test of the suite, and what it does of everything in a full run. */
export interface Check {
  readonly name: string;
  readonly file: string;
  /** What the names of its tests have in common, where not all of the file are meant. */
  readonly filter?: string;
  /** Amounts of a full run, by the variables that the test reads. */
  readonly amounts: Readonly<Record<string, number>>;
}

/** Those that take long are last. */
export const CHECKS: readonly Check[] = [
  { name: "disk full", file: "faults/disk_full_test.ts", amounts: {} },
  { name: "one commit", file: "faults/one_commit_test.ts", amounts: {} },
  { name: "damaged store", file: "faults/damage_test.ts", amounts: {} },
  { name: "clock set back and forward", file: "faults/clock_test.ts", amounts: {} },
  { name: "store away", file: "faults/store_away_test.ts", amounts: {} },
  {
    name: "a store connection that dies without a word",
    file: "faults/mute_store_test.ts",
    amounts: { LEDGER_MUTE_ROUNDS: 20 },
  },
  { name: "a lock that another program has", file: "faults/locked_by_other_test.ts", amounts: {} },
  { name: "a disk that fails", file: "faults/failing_disk_test.ts", amounts: {} },
  { name: "damaged file", file: "faults/damaged_file_test.ts", amounts: {} },
  { name: "a store put back from a copy", file: "faults/restored_test.ts", amounts: {} },
  { name: "second process on the file", file: "kv/open_test.ts", filter: "second", amounts: {} },
  { name: "huge messages", file: "faults/huge_message_test.ts", amounts: {} },
  {
    name: "rings lost",
    file: "faults/watch_loss_test.ts",
    amounts: { LEDGER_WATCH_LOSS_EVENTS: 100 },
  },
  {
    name: "history to live",
    file: "faults/handover_test.ts",
    amounts: { LEDGER_HANDOVER_SUBSCRIBERS: 50, LEDGER_HANDOVER_SECONDS: 5 },
  },
  {
    name: "clients that never read",
    file: "faults/stalled_test.ts",
    amounts: {
      LEDGER_STALLED_LOG_MIB: 200,
      LEDGER_STALLED_AT_END: 20,
      LEDGER_HEALTHY_AT_END: 1_000,
    },
  },
  {
    name: "idle clients, and a burst over the limit",
    file: "faults/connections_test.ts",
    amounts: { LEDGER_IDLE_CLIENTS: 10_000, LEDGER_IDLE_SECONDS: 60, LEDGER_BURSTS: 500 },
  },
  {
    name: "a fuzzer of the API",
    file: "server/docs/fuzz_test.ts",
    amounts: { LEDGER_FUZZ_EXAMPLES: 60 },
  },
  {
    name: "Autobahn's cases",
    file: "wire/autobahn_test.ts",
    amounts: { LEDGER_AUTOBAHN_ROUNDS: 20 },
  },
  {
    name: "broken frames",
    file: "faults/framing_test.ts",
    amounts: { LEDGER_FRAMING_CONNECTIONS: 5_000 },
  },
  ...["action", "type"].map((dialect) => ({
    name: `mangled messages, HieraChain's ${dialect}`,
    file: "faults/inbound_test.ts",
    filter: `"${dialect}"`,
    amounts: { LEDGER_FUZZ_MESSAGES: 100_000 },
  })),
  {
    name: "mangled messages, streams",
    file: "faults/streams_inbound_test.ts",
    amounts: { LEDGER_FUZZ_MESSAGES: 100_000 },
  },
  {
    name: "requests and messages of strangers",
    file: "faults/strangers_test.ts",
    amounts: { LEDGER_STRANGER_REQUESTS: 20_000, LEDGER_STRANGER_MESSAGES: 30_000 },
  },
  { name: "kills amid appends", file: "faults/kill_test.ts", amounts: { LEDGER_KILL_ROUNDS: 50 } },
  {
    name: "kills amid appends, on three threads",
    file: "faults/kill_test.ts",
    amounts: { LEDGER_KILL_ROUNDS: 30, LEDGER_TEST_THREADS: 3 },
  },
  {
    name: "kills of a gateway amid a node's events",
    file: "ledgers/hathor/follow/kill_rounds_test.ts",
    amounts: { LEDGER_FOLLOW_KILLS: 50 },
  },
  {
    name: "kills of a mirror and its remote amid events",
    file: "faults/mirror_kill_test.ts",
    amounts: { LEDGER_MIRROR_KILL_ROUNDS: 50 },
  },
  {
    name: "kills of a mirror and its remote amid appends that it sends on",
    file: "faults/mirror_append_test.ts",
    amounts: { LEDGER_MIRROR_KILL_ROUNDS: 50 },
  },
  {
    name: "kills of a HieraChain node and its gateway amid events that it sends on",
    file: "ledgers/hierachain/follow/kill_rounds_test.ts",
    amounts: { LEDGER_GATEWAY_KILL_ROUNDS: 50 },
  },
  {
    name: "kills of a node and its gateway amid what drivers send",
    file: "clients/gateway_restart_test.ts",
    amounts: { LEDGER_GATEWAY_KILL_ROUNDS: 50 },
  },
  {
    name: "kills of nodes and of what follows them",
    file: "faults/follow_kill_test.ts",
    amounts: { LEDGER_FOLLOW_KILL_ROUNDS: 50 },
  },
  {
    name: "one order of all that clients were told",
    file: "faults/linearizable_test.ts",
    amounts: { LEDGER_LINEAR_KILLS: 30 },
  },
  {
    name: "kills of servers and denokv",
    file: "faults/servers_test.ts",
    filter: "2 servers over",
    amounts: { LEDGER_CLUSTER_ROUNDS: 20 },
  },
  {
    name: "simulated faults",
    file: "log/simulation_test.ts",
    amounts: { LEDGER_SIM_SEEDS: 10_000 },
  },
  {
    name: "sockets that come and go",
    file: "faults/churn_test.ts",
    amounts: { LEDGER_CHURN_MINUTES: 30, LEDGER_CHURN_SOCKETS: 200 },
  },
];
