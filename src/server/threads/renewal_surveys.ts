/** Surveys by which fronts do with their requests what the owner of the log does with its own. */

/** Makes requests wait; it is answered when those before are. */
export const PAUSE_SURVEY = "renewal/pause";

/** Has requests go on; what is asked with it says whether ledgers are made anew before. */
export const GO_ON_SURVEY = "renewal/go_on";

/** A task that is answered when no chains go back: how often ledgers have been made anew by then. */
export const SETTLED_TASK = "renewal/settled";
