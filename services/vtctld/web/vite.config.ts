import { defineConfig } from 'vite';

export default defineConfig({
  // Served by vtctld below this path.
  base: '/app/',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: { target: 'es2022', sourcemap: false, chunkSizeWarningLimit: 300 },
  server: { proxy: { '/api': 'http://127.0.0.1:15000' } },
});
