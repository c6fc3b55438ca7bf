import type { DeviceChoice } from '../devices/select.ts';
import type { FloatDtype } from '../dtype.ts';

/** A float dtype by safetensors' name or by torch's. */
export type DtypeName = FloatDtype | 'float8_e4m3fn' | 'float8_e5m2' | 'float16' | 'bfloat16' | 'float32' | 'float64';

/** Where work runs; 'gpu' is 'webgpu'. */
export type DeviceName = DeviceChoice | 'gpu';

/** Options with dtype and device by any of their names, as on the command line. */
export type WithNames<T> = {
  readonly [Name in keyof T]: Name extends 'dtype'
    ? DtypeName | undefined
    : Name extends 'device'
      ? DeviceName | undefined
      : T[Name];
};
