/** The survey in which fronts tell what they count. */
export const METRICS_SURVEY = "server/metrics";
