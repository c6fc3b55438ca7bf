import quick from './ava.config.js';

// what takes minutes: `npm run test:long`
const environmentVariables = { ...quick.environmentVariables, SWIZZLE_TEST_ADAPTERS: 'all', SWIZZLE_TEST_CASES: 'all' };

export default { ...quick, environmentVariables, files: ['build/test/long/*.long.js'], timeout: '20m' };
