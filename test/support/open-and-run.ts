// A program for tests: runs one chunk on adapter argv[2], prints the result as JSON and leaves everything to disposal.
import { createWebGpuDevice } from '../../src/devices/webgpu/device.ts';
import { SwizzleError } from '../../src/errors.ts';
import { memoryFiles, sumChunk } from './chunks.ts';

try {
  const output = new Float32Array(3);
  {
    const name = process.argv[2];
    await using device = await createWebGpuDevice(name === undefined ? {} : { adapter: name });
    const input = new Uint8Array(new Float32Array([1, 2, 3]).buffer);
    const files = memoryFiles([input, input], [new Uint8Array(output.buffer)]);
    await using lane = await device.createLane({ inputBytes: 512, outputBytes: 256 }, files);
    await lane.run(sumChunk('F32', 3, [0.5, 1]));
  }
  console.log(JSON.stringify([...output]));
} catch (error) {
  console.log(
    JSON.stringify(error instanceof SwizzleError ? { code: error.code, message: error.message } : String(error)),
  );
}
