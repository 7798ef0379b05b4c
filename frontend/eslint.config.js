import eslint from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  globalIgnores(["dist", "node_modules"]),
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  { languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] } } } },
  {
    rules: {
      "max-lines": ["error", 300],
      // Markup is built from nodes, so no text of a person or of the API is ever read as HTML.
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Build nodes with h() of dom.ts." },
        { property: "outerHTML", message: "Build nodes with h() of dom.ts." },
        { property: "insertAdjacentHTML", message: "Build nodes with h() of dom.ts." },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
);
