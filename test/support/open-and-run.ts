// A program for tests: runs one chunk on adapter argv[2], prints the result as JSON and leaves everything to disposal.
import { createWebGpuDevice } from '../../src/devices/webgpu/device.ts';
import { SwizzleError } from '../../src/errors.ts';
import { floatsOf, scratchFiles, sumChunk } from './chunks.ts';

try {
  let output: number[] = [];
  {
    const name = process.argv[2];
    await using device = await createWebGpuDevice(name === undefined ? {} : { adapter: name });
    const input = new Uint8Array(new Float32Array([1, 2, 3]).buffer);
    using files = scratchFiles([input, input]);
    await using lane = await device.createLane({ inputBytes: 512, outputBytes: 256 }, files);
    await lane.run(sumChunk('F32', 3, [0.5, 1]));
    output = floatsOf(files.written());
  }
  console.log(JSON.stringify(output));
} catch (error) {
  console.log(
    JSON.stringify(error instanceof SwizzleError ? { code: error.code, message: error.message } : String(error)),
  );
}
