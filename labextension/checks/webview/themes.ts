/** VS Code's own themes, as a webview is told of them: a class of the body, and variables. */
interface Theme {
  readonly kind: string;
  readonly colors: Readonly<Record<string, string>>;
}

const TYPE = {
  'font-family': 'system-ui, Ubuntu, sans-serif',
  'font-size': '13px',
  'editor-font-family': "'Droid Sans Mono', monospace"
};

export const THEMES: Readonly<Record<string, Theme>> = {
  'Dark Modern': {
    kind: 'vscode-dark',
    colors: {
      ...TYPE,
      'editor-background': '#1f1f1f',
      'editor-foreground': '#cccccc',
      foreground: '#cccccc',
      descriptionForeground: '#9d9d9d',
      'icon-foreground': '#cccccc',
      focusBorder: '#0078d4',
      'textLink-foreground': '#4daafc',
      'textCodeBlock-background': '#2b2b2b',
      'input-background': '#313131',
      'input-foreground': '#cccccc',
      'button-background': '#0078d4'
    }
  },
  'Light Modern': {
    kind: 'vscode-light',
    colors: {
      ...TYPE,
      'editor-background': '#ffffff',
      'editor-foreground': '#3b3b3b',
      foreground: '#3b3b3b',
      descriptionForeground: '#3b3b3b',
      'icon-foreground': '#3b3b3b',
      focusBorder: '#005fb8',
      'textLink-foreground': '#005fb8',
      'textCodeBlock-background': '#f8f8f8',
      'input-background': '#ffffff',
      'input-foreground': '#3b3b3b',
      'button-background': '#005fb8'
    }
  },
  'Dark High Contrast': {
    kind: 'vscode-high-contrast',
    colors: {
      ...TYPE,
      'editor-background': '#000000',
      'editor-foreground': '#ffffff',
      foreground: '#ffffff',
      contrastBorder: '#6fc3df',
      focusBorder: '#f38518',
      'icon-foreground': '#ffffff',
      'textLink-foreground': '#21a6ff',
      'textCodeBlock-background': '#000000',
      'input-background': '#000000',
      'input-foreground': '#ffffff'
    }
  }
};

export function choose(name: string): void {
  const theme = THEMES[name];
  if (theme === undefined) {
    throw new Error(`There is no theme ${name}.`);
  }
  const root = document.documentElement;
  root.removeAttribute('style');
  for (const [color, value] of Object.entries(theme.colors)) {
    root.style.setProperty(`--vscode-${color}`, value);
  }
  root.style.background = theme.colors['editor-background'] ?? '';
  document.body.className = theme.kind;
  document.body.dataset['vscodeThemeKind'] = theme.kind;
  document.body.dataset['vscodeThemeName'] = name;
}
