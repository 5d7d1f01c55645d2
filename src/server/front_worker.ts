import { parentPort } from "node:worker_threads";
import { mailboxOf, runFront } from "./front.ts";

// Begun by the owner of the log, as a thread of its own.
if (parentPort !== null) runFront(mailboxOf(parentPort));
