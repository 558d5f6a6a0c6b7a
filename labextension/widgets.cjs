// Builds the second bundle, anywidget modules: the same views and components as in JupyterLab, on
// Preact, because nothing outside of JupyterLab shares a React. Each module holds only what its view
// needs, since a notebook that keeps the state of its widgets keeps the module as well.
const path = require('node:path');
const { rspack } = require('@rspack/core');
const { module: loaders, resolve } = require('./rspack.config.cjs');

const compat = require.resolve('preact/compat');
const modules = process.argv.slice(2);

const compiler = rspack({
  mode: 'production',
  context: __dirname,
  entry: Object.fromEntries(
    modules.map(name => [name, [`./style/${name}.css`, `./src/widget/${name}.tsx`]])
  ),
  output: {
    path: path.resolve(__dirname, '../nbmlops/static'),
    filename: '[name].js',
    cssFilename: '[name].css',
    module: true,
    library: { type: 'module' },
    clean: true
  },
  experiments: { css: true, outputModule: true },
  target: ['web', 'es2022'],
  resolve: {
    ...resolve,
    alias: {
      'react-dom/client$': require.resolve('preact/compat/client'),
      'react-dom$': compat,
      react$: compat
    }
  },
  module: { rules: [...loaders.rules, { test: /\.css$/, type: 'css' }] },
  optimization: { splitChunks: false, runtimeChunk: false },
  performance: { hints: false },
  devtool: false
});

compiler.run((failure, stats) => {
  if (failure || stats.hasErrors()) {
    console.error(failure ?? stats.toString({ all: false, errors: true }));
    process.exitCode = 1;
  } else {
    console.log(stats.toString({ all: false, assets: true }));
  }
});
