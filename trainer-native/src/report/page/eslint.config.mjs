// The page's modules are plain browser JavaScript, with no packages; so is this.
const browser = [
  "Node",
  "ResizeObserver",
  "atob",
  "console",
  "document",
  "getComputedStyle",
  "matchMedia",
  "requestAnimationFrame",
  "window",
];

export default [
  {
    files: ["**/*.mjs"],
    languageOptions: {
      ecmaVersion: 2023,
      globals: Object.fromEntries(browser.map((name) => [name, "readonly"])),
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: Object.fromEntries(
      [
        "array-callback-return",
        "eqeqeq",
        "no-const-assign",
        "no-dupe-keys",
        "no-duplicate-imports",
        "no-eval",
        "no-fallthrough",
        "no-implicit-globals",
        "no-self-assign",
        "no-shadow",
        "no-undef",
        "no-unreachable",
        "no-unused-vars",
        "no-use-before-define",
        "no-useless-escape",
        "no-var",
        "object-shorthand",
        "prefer-const",
        "prefer-template",
        "valid-typeof",
      ].map((rule) => [rule, rule === "no-use-before-define" ? ["error", { functions: false }] : "error"]),
    ),
  },
];
