import { defineConfig } from 'vitest/config';

/** Tests with the real window, the real core and a real server: slow, one after the other, never tried twice. */
export default defineConfig({
  test: {
    environment: 'node',
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['./build.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    retry: 0,
  },
});
