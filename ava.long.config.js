import quick from './ava.config.js';

// what takes minutes: `npm run test:long`
export default { ...quick, files: ['build/test/long/*.long.js'], timeout: '20m' };
