import ASKING from "./engine/asking.py" with { type: "text" };
import BLUEPRINTS from "./engine/blueprints.py" with { type: "text" };
import BOUNDS from "./engine/bounds.py" with { type: "text" };
import CONTEXT from "./engine/context.py" with { type: "text" };
import EXECUTOR from "./engine/executor.py" with { type: "text" };
import MAIN from "./engine/main.py" with { type: "text" };
import ORDER from "./engine/order.py" with { type: "text" };
import QUESTIONS from "./engine/questions.py" with { type: "text" };

/**
 * The program that Python runs, as one text: so the compiled program and the packages have it, and
 * no file of it is needed where it runs.
 */
export const ENGINE_TEXT = [
  ASKING,
  BLUEPRINTS,
  CONTEXT,
  ORDER,
  QUESTIONS,
  EXECUTOR,
  BOUNDS,
  MAIN,
].join("\n\n");
