import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';
import { seedTables } from './seed-tables.ts';

export default defineConfig({
  plugins: [seedTables(), svelte(), svelteTesting()],
  // The port is the one `src-tauri/tauri.conf.json` names for development.
  server: { port: 5173, strictPort: true, host: '127.0.0.1', fs: { allow: ['..'] } },
  build: {
    target: ['es2022', 'chrome109', 'safari16'],
    // Nothing inlined: every script, style and picture is a file of our own, as the content security policy wants it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  test: {
    environment: 'happy-dom',
    include: ['test/**/*.test.ts'],
    restoreMocks: true,
  },
});
