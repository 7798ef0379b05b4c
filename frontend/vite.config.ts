import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Where look.css is: beside this folder in a checkout, anywhere else by LOOK_DIR (an image build sets it). */
const look = process.env.LOOK_DIR ?? fileURLToPath(new URL("../stagekit/kit/look", import.meta.url));

export default defineConfig({
  resolve: { alias: { look } },
  server: { fs: { allow: [".", look] } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    // The polyfill serves browsers older than the target.
    modulePreload: { polyfill: false },
  },
  test: { include: ["tests/**/*.test.ts"] },
});
