// Strict and typed; beyond that, what keeps text of runs text, and the components free of Jupyter.
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const MARKUP = 'Text of runs is never markup: give it to React as a child.';

export default tseslint.config(
  { linterOptions: { reportUnusedDisableDirectives: true } },
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json'], tsconfigRootDir: import.meta.dirname }
    },
    plugins: { 'react-hooks': hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-restricted-syntax': [
        'error',
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: MARKUP },
        { selector: "Property[key.name='dangerouslySetInnerHTML']", message: MARKUP },
        {
          selector: 'AssignmentExpression[left.property.name=/^(innerHTML|outerHTML|srcdoc)$/]',
          message: MARKUP
        },
        {
          selector:
            'CallExpression[callee.property.name=/^(insertAdjacentHTML|createContextualFragment|setHTMLUnsafe)$/]',
          message: MARKUP
        },
        {
          selector: "CallExpression[callee.property.name='write'][callee.object.name='document']",
          message: MARKUP
        }
      ]
    }
  },
  {
    files: [
      '**/src/components/**',
      '**/src/views/**',
      '**/src/widget/**',
      '**/src/*.ts',
      '**/src/*.tsx'
    ],
    ignores: ['**/src/index.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@jupyterlab/*', '@lumino/*', '**/lab/*'],
              message: 'Components know nothing of Jupyter: the same ones stand in a notebook.'
            }
          ]
        }
      ]
    }
  }
);
