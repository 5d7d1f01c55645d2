import { parentPort } from "node:worker_threads";
import { mailboxOf, runFront } from "../server/front.ts";
import { devFront } from "./front.ts";

// Begun by the owner of the log, as a thread of its own, in developer mode.
if (parentPort !== null) runFront(mailboxOf(parentPort), devFront);
