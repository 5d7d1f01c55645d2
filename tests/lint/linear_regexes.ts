/**
 * A rule of `deno lint`: no regular expression of the program takes more than linear time, for what
 * strangers send is put through them. A quantifier that is tried anew from every character of its
 * run (`/\s+$/`), two that share what they match (`/\w+\d+/`) and nested ones (`/(a+)+/`) are
 * refused, and expressions made at run time, which cannot be looked at. One that only meets what the
 * program has made or bounded itself is allowed by a comment that gives the reason:
 * `// deno-lint-ignore ledgerline/linear-regexes -- …`.
 */
import { analyse } from "scslre";

/** What is wrong with each kind that the analysis knows. */
const KINDS = {
  Move: "is tried anew from every character of a run of them",
  Self: "shares what it matches with itself",
  Trade: "shares what it matches with another",
};

/** Says why an expression may take more than linear time; undefined where it does not. */
function faultOf(source: string, flags: string): string | undefined {
  const [report] = analyse({ source, flags }, { maxReports: 1 }).reports;
  if (report === undefined) return undefined;
  const { raw } = report.type === "Trade" ? report.startQuant : report.quant;
  return `${raw} ${KINDS[report.type]}`;
}

const plugin: Deno.lint.Plugin = {
  name: "ledgerline",
  rules: {
    "linear-regexes": {
      create(context) {
        if (!context.filename.replaceAll("\\", "/").includes("/src/")) return {};
        const check = (node: Deno.lint.Node, source: string, flags: string) => {
          const fault = faultOf(source, flags);
          if (fault !== undefined) context.report({ node, message: `Not linear: ${fault}` });
        };
        const checkMade = (node: Deno.lint.NewExpression | Deno.lint.CallExpression) => {
          if (node.callee.type !== "Identifier" || node.callee.name !== "RegExp") return;
          const [source, flags] = node.arguments.map((argument) =>
            argument.type === "Literal" ? String(argument.value) : undefined
          );
          if (source !== undefined) return check(node, source, flags ?? "");
          context.report({
            node,
            message: "Made at run time: whether it is linear cannot be told",
          });
        };
        return {
          Literal(node) {
            // All kinds of literals have the property.
            if ("regex" in node && node.regex !== undefined) {
              check(node, node.regex.pattern, node.regex.flags);
            }
          },
          NewExpression: checkMade,
          CallExpression: checkMade,
        };
      },
    },
  },
};

export default plugin;
