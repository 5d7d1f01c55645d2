/**
 * Every limit of the log and of serving, each with its reason. Where stores differ (embedded
 * SQLite, a `denokv` server, Deno Deploy) ours is the smallest of them, with a margin.
 */

/**
 * Bytes of one stored value. KV takes 65,536 bytes of a `Uint8Array`; 60 KiB leaves room for the
 * store's own framing.
 */
export const SEGMENT_BYTES = 60 * 1024;

/**
 * Bytes of one atomic commit: its values, and every key twice, as the stores count. They refuse more
 * than 819,200.
 */
export const COMMIT_BYTES = 800_000;

/**
 * Bytes at which a group stops taking more commands: well under what a commit may hold, so that the
 * last command fits, and under load one group is run while another is committed.
 */
export const GROUP_BYTES = 450_000;

/** Keys written by one atomic commit. The stores refuse more than 1,000 mutations. */
export const COMMIT_MUTATIONS = 950;

/** Bytes of all keys of one atomic commit. Measured limit 80 KiB. */
export const COMMIT_KEY_BYTES = 75_000;

/**
 * Bytes, keys and all, of a commit that is spread over several operations of the store: it is in
 * memory about three times while it is made. A block of Hathor that confirms 8,000 transactions, or
 * calls of contracts that write as much as may be, takes a sixteenth of it, and a reorganisation is
 * one commit however many blocks it is over.
 */
export const SPREAD_BYTES = 256 * 1024 * 1024;

/**
 * Milliseconds after which what was written ahead for such a commit is given up, if no head names it:
 * its process has ended.
 */
export const SPREAD_STALE_MS = 10 * 60 * 1_000;

/**
 * Heads that one atomic commit may check: `denokv` takes 10, and SQLite in this process 100. So many
 * chains share a commit.
 */
export const CHECKS_PER_COMMIT = 10;
export const CHECKS_AT_ONCE = 100;

/** Other chains that a commit may depend on: beside them its own head is checked, and what was written ahead. */
export const OTHERS_PER_COMMIT = CHECKS_PER_COMMIT - 2;

/** Shared commits on their way to a server at one time. SQLite takes one commit at a time. */
export const COMMITS_AT_ONCE = 4;

/** Bytes of one key as stored: the limit of every store. */
export const KEY_BYTES = 2_048;

/** Keys read by one `getMany`, and heads watched by one watch: both 10 in every store. */
export const KEYS_PER_READ = 10;

/** Bytes of one event's data: what one atomic commit can hold beside its own head and rows. */
export const EVENT_BYTES = 700_000;

/** Characters of a chain's name: it is part of every key, and a key may hold 2 KiB. */
export const CHAIN_NAME_CHARS = 256;

/** Bytes of an event's type or of one of its keys: short words to filter by, not a payload. */
export const LABEL_BYTES = 1024;

/** Keys an event may carry. Address histories of large transactions need the most. */
export const EVENT_KEYS = 512;

/** The same of an event whose commit may be spread: what large transactions have, with a margin. */
export const LARGE_EVENT_BYTES = 2_000_000;
export const LARGE_EVENT_KEYS = 8_192;

/**
 * Bytes that are encoded, decoded or taken apart between two looks at the clock, but for a single
 * event: about 2 ms. Whoever has more of them to do gives turns to all others (`kernel/turn.ts`).
 */
export const TURN_BYTES = 256 * 1024;

/** What handling one event costs beside its bytes, counted as bytes. */
export const TURN_EVENT_BYTES = 128;

/**
 * Tries and milliseconds, both at the least, of one group against a head that other instances keep
 * moving, before 503. A `denokv` on the same machine takes a commit in a millisecond.
 */
export const COMMIT_TRIES = 24;
export const CONFLICT_PATIENCE_MS = 2_000;

/** Milliseconds between two of them at the most: a rival leaves the chain alone for no longer. */
export const CONFLICT_BACKOFF_MS = 4;

/** Tries of a whole group against another instance; after them it takes half as many commands. */
export const WHOLE_GROUP_TRIES = 3;

/** Milliseconds for which another instance that was first is reckoned with. */
export const RIVALS_MS = 1_000;

/**
 * Commits after which a chain of a shared store is left alone for as long as one takes, in case
 * others wait of whom nothing is known. It costs a sixteenth of what a flood could write.
 */
export const YIELD_EVERY = 16;

/**
 * Chains kept open in one process. Whoever asks for chains that do not exist must not make it grow;
 * one that is closed while idle is opened again when it is next named.
 */
export const OPEN_CHAINS = 4_096;

/** Commands waiting for their turn on one chain: about a second's work. Past it, 503 (backpressure). */
export const COMMAND_QUEUE = 20_000;

/** Milliseconds a group keeps trying while the store is locked or away, before 503. */
export const COMMIT_PATIENCE_MS = 10_000;

/** Milliseconds a store may take to answer one commit before its outcome is unknown. */
export const COMMIT_ANSWER_MS = 4_000;

/** Milliseconds a read keeps trying while the store is locked or away. */
export const READ_PATIENCE_MS = 2_000;

/**
 * Operations that nobody waits for any more and that a store has not ended: each is memory that the
 * runtime holds. Past it, nothing is asked of the store until some have ended.
 */
export const ABANDONED_OPERATIONS = 256;

/** Answers of a remote store that fail to come, one after the other, until it is opened anew. */
export const REOPEN_AFTER = 3;

/** Milliseconds that opening it anew, and its first answer, may take, and between two tries. */
export const REOPEN_MS = 3_000;
export const REOPEN_PAUSE_MS = 1_000;

/** Milliseconds in which a watch tells the values as they are. */
export const WATCH_ANSWER_MS = 4_000;

/** Rows of projections kept in memory per chain; valid only under the head they were read at. */
export const ROW_CACHE = 20_000;

/** Events and bytes of the recent past kept in memory per chain: the live tail reads here. */
export const TAIL_EVENTS = 8_192;
export const TAIL_BYTES = 8 * 1024 * 1024;

/**
 * Bytes of one page of history read for followers that are behind the tail, where they are many; and
 * of one where they are few, who share so many bytes of such pages. To ask the store is half of what a
 * small page costs, but each reader who is slow holds two of them.
 */
export const PAGE_BYTES = 256 * 1024;
export const LARGE_PAGE_BYTES = 1024 * 1024;
export const LARGE_PAGES_BYTES = 4 * 1024 * 1024;

/**
 * Bytes of history pages kept by a thread, with what is made of them, so that followers replaying the
 * same part share the work. Sockets that are as many as 100 drift apart by more than 4 MiB of this: then
 * each page is read up to ten times.
 */
export const PAGE_CACHE_BYTES = 32 * 1024 * 1024;

/**
 * Bytes up to which small segments are merged into one. SQLite has keys and values in one tree, and
 * reads a whole value to compare its key where it is larger than a quarter of a page: an append to a
 * store with 100 MB of values of 60 KiB took SQLite twice the processor time that it takes with
 * these, and any look-up as well. Reading them one after another costs a third more.
 */
export const MERGED_BYTES = 16 * 1024;

/** Events at the end of a chain whose small segments are left alone: readers have them in memory. */
export const MERGE_LAG = 2_048;

/** Small commits of one process after which it merges their segments. */
export const MERGE_EVERY = 1_024;

/** Segments fetched by one list call at the most. Batches of 32 measured a third slower. */
export const PAGE_SEGMENTS = 128;

/**
 * Milliseconds between polls of the heads while a watch is lost, or has missed something; and at the
 * most, where watches tell of everything: any of them can be lost without a word.
 */
export const POLL_MS = 500;
export const SELDOM_POLL_MS = 60_000;

/** Milliseconds between two tries to watch, at the most. */
export const REWATCH_MS = 10_000;

/** Milliseconds that the tail of a chain goes on listening after its last follower has left. */
export const LINGER_MS = 4_000;

/**
 * Milliseconds between looks for what another process left undone, at the least and at the most:
 * twice as long after each that found nothing new. A process does its own work when it is due.
 */
export const SWEEP_MS = 30_000;
export const SWEEP_MOST_MS = 5 * 60_000;

/** Events a filtered follower may pass over before it is told its position. */
export const POSITION_EVERY = 1_024;

/**
 * Bytes handed to a socket and not yet taken by its peer, above which nothing more is sent. Deno
 * never frees what a stalled peer was sent, and keeps three times as much for small frames, so this
 * bounds the memory of each: 0.44 MB measured, and 0.70 MB with 256 KiB.
 */
export const SOCKET_HIGH_WATER = 128 * 1024;

/** Bytes below which sending goes on. */
export const SOCKET_LOW_WATER = 32 * 1024;

/** Milliseconds a peer may take nothing at all while there is more for it, before it is let go. */
export const SOCKET_STALL_MS = 30_000;

/** Seconds after which a silent socket is asked for a sign of life; twice that ends it. */
export const PING_SECONDS = 20;

/**
 * Milliseconds after which something is said on Deno Deploy to whoever is connected and silent: it
 * may stop an instance of which nothing was heard for 5 s.
 */
export const QUIET_MS = 4_000;

/** Milliseconds a peer has to take leave, or to take what was said last, before it is cut. */
export const LEAVE_MS = 2_000;

/**
 * Milliseconds for the whole head of a request, from the accept or from its first byte on. What a
 * browser sends ahead without a request in it has as long.
 */
export const HEAD_MS = 15_000;

/**
 * Milliseconds a connection may be idle between two requests: longer than the proxies in front
 * (nginx, Envoy and the load balancers of the large clouds keep theirs for 60 s), so that it is they
 * who close, and none sends a request into a connection that is about to end.
 */
export const KEEP_ALIVE_MS = 75_000;

/** Bytes a second that a body has to bring on average, after its first seconds: a bad line's. */
export const BODY_BYTES_PER_SECOND = 1_024;
export const BODY_GRACE_MS = 15_000;

/** Milliseconds for the longest of all bodies, which is an import. */
export const BODY_MS = 60 * 60 * 1_000;

/** Bytes above which a request's body waits for its turn to be read and worked on. */
export const LARGE_BODY_BYTES = 64 * 1024;

/** Bytes of large bodies that are read at once, by one thread. */
export const BODIES_HELD_BYTES = 128 * 1024 * 1024;

/** Bytes of memory for what large bodies become while they are worked on, on one thread. */
export const BODIES_IN_WORK_BYTES = 128 * 1024 * 1024;

/**
 * Bytes of a request's head. Tokens, cookies and queries of many addresses of a wallet have come to
 * more than the 16 KiB that `node:http` takes by itself.
 */
export const HEAD_BYTES = 64 * 1024;

/** Lines of a request's head: from here on `node:http` would drop the rest without a word. */
export const HEAD_LINES = 1_000;

/**
 * Requests of one connection of HTTP/1 that are served at once, and that wait meanwhile: as many as
 * one read of 64 KiB brings of those that say what most say. Each costs about 4 KB.
 */
export const PIPELINED_AT_ONCE = 32;
export const PIPELINED_WAITING = 1_024;

/** Requests of one connection of HTTP/2 at one time: what browsers are used to (RFC 9113, 6.5.2). */
export const STREAMS_PER_CONNECTION = 128;

/** Bytes of a body nobody wants that are read all the same, so that its connection can go on. */
export const UNREAD_BYTES = 64 * 1024;

/** Bytes of one client message, which is under 16 KiB nearly everywhere. */
export const INBOUND_BYTES = 64 * 1024;

/** The same where a protocol has larger ones. The transports refuse what is beyond it by themselves. */
export const LARGE_INBOUND_BYTES = 4 * INBOUND_BYTES;

/** Client messages per second and socket, on average and at once. */
export const INBOUND_PER_SECOND = 100;
export const INBOUND_BURST = 200;

/** Client messages waiting for their turn on one socket. */
export const INBOUND_QUEUE = 256;

/** Characters of client messages waiting for their turn on one socket. */
export const INBOUND_WAITING = INBOUND_QUEUE * INBOUND_BYTES;

/** Subscriptions on one socket: each costs a cursor, and a look at every commit of its chain. */
export const SUBSCRIPTIONS_PER_SOCKET = 256;

/** Milliseconds a graceful stop may take. Deploy kills after 5 s. */
export const SHUTDOWN_MS = 4_000;

/**
 * Milliseconds without a turn of the event loop after which a server says that it is not ready: what
 * load balancers wait for an answer, so that whoever asked meanwhile has gone already.
 */
export const HELD_MS = 5_000;

/** Milliseconds for which it says so at least: one or two of their rounds. */
export const HELD_TOLD_MS = 10_000;

/**
 * Milliseconds between small steps of the look over the whole store, and between its beginnings: a
 * step takes a few milliseconds, and a store of ten million rows is through in a day.
 */
export const SCRUB_STEP_MS = 1_000;
export const SCRUB_EVERY_MS = 24 * 60 * 60 * 1_000;
