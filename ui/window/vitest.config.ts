import { defineConfig } from 'vitest/config';

/** Tests with the real window, the real core and a real server: slow, one after the other, never tried twice. */
export default defineConfig({
  root: import.meta.dirname,
  test: {
    environment: 'node',
    include: ['*.test.ts'],
    globalSetup: ['./build.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    retry: 0,
    // Each step stands on the one before.
    bail: 1,
  },
});
