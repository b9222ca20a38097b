import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Imports go windows → features → components; the state knows no component, and one file knows Tauri. */
const tauri = { group: ['@tauri-apps/*'], message: 'Only src/ipc/tauri.ts talks to Tauri; take a Host.' };
const fake = { regex: 'ipc/(fake|tauri)', message: 'Take a Host; only src/windows chooses one.' };
const windows = { regex: '/windows/', message: 'Nothing imports a window.' };
const features = { regex: '/features/', message: 'Only windows and features import features.' };
const components = { regex: '/components/|(^|/)[A-Z]\\w*\\.svelte$', caseSensitive: true, message: 'The state knows no component.' };
const state = { regex: '/state/', message: 'Components are told what to draw; controllers belong to features.' };

const only = (files, ...patterns) => ({ files, rules: { 'no-restricted-imports': ['error', { patterns }] } });

export default ts.config(
  { ignores: ['dist/', 'src/ipc/dto.ts'] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  { languageOptions: { globals: globals.browser } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-eval': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-undef': 'off',
      'svelte/no-at-html-tags': 'error',
      'svelte/no-at-debug-tags': 'error',
      // The content security policy forbids style attributes.
      'svelte/no-inline-styles': ['error', { allowTransitions: false }],
      // Sets and maps in controllers are bookkeeping, or replaced as a whole.
      'svelte/prefer-svelte-reactivity': 'off',
      'svelte/button-has-type': 'error',
      'svelte/no-target-blank': 'error',
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'cssText'].map((property) => ({ property, message: 'Data is drawn as text.' })),
      ],
    },
  },
  only(['src/windows/**'], tauri),
  only(['src/features/**'], tauri, fake, windows),
  only(['src/components/**'], tauri, fake, windows, features, state),
  only(['src/state/**'], tauri, fake, windows, features, components),
  only(['src/messages/**'], tauri, fake, windows, features, components, state),
  only(['src/ipc/**'], windows, features, state),
  { files: ['src/ipc/tauri.ts'], rules: { 'no-restricted-imports': 'off' } },
);
