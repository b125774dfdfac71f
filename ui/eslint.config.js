import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import { defineConfig } from 'eslint/config';
import svelteConfig from './svelte.config.js';

const core = { name: '@tauri-apps/api/core', message: 'Only src/ipc talks to Rust.' };

export default defineConfig(
  { ignores: ['dist', 'test-results', 'src/ipc/types', 'src/i18n/ids.ts'] },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  svelte.configs.recommended,
  prettier,
  svelte.configs.prettier,
  {
    languageOptions: {
      globals: { ...globals.browser },
      parserOptions: {
        project: ['./tsconfig.json', './tsconfig.node.json'],
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'svelte/no-at-html-tags': 'error',
      'svelte/require-each-key': 'error',
      'svelte/button-has-type': 'error',
      'svelte/no-inspect': 'error',
      'svelte/no-at-debug-tags': 'error',
      'svelte/no-unused-props': 'error',
      'max-lines': ['error', { max: 250, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-imports': ['error', { paths: [core] }],
      'no-restricted-globals': ['error', 'localStorage', 'sessionStorage', 'indexedDB'],
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Words are text, never markup.' },
        { property: 'outerHTML', message: 'Words are text, never markup.' },
        { object: 'Intl', property: 'Collator', message: 'Webviews carry no Kazakh data.' },
        { property: 'toLocaleString', message: 'Webviews carry no Kazakh data.' },
        { property: 'localeCompare', message: 'Webviews carry no Kazakh data.' },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  { files: ['src/ipc/**'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['test/**', 'window/**'],
    languageOptions: { globals: globals.node },
    // A test names one behaviour; a group of them is no function of the product.
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['scripts/**', '*.js', '*.ts'],
    languageOptions: { globals: globals.node },
    rules: { 'no-console': 'off' },
  },
);
