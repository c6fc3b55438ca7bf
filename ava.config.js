import { swiftShaderEnvironment } from './build/test/support/swiftshader.js';

// workerThreads: a native addon lives in the process, so each test file gets its own.
export default {
  concurrency: 2,
  environmentVariables: await swiftShaderEnvironment(),
  files: ['build/test/**/*.test.js'],
  timeout: '2m',
  workerThreads: false,
};
