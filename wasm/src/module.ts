import { Engine, type CreatePulse, type PulseModule } from "./engine.js";
import { PulseError, throwIfAborted } from "./error.js";
import type { Variant } from "./types.js";

/** Reads and compiles the module at `url`, telling how many bytes have come so far. */
export type CompileModule = (
  url: URL,
  onBytes: (loaded: number) => void,
  signal: AbortSignal,
) => Promise<WebAssembly.Module>;

/*
 * Both are written out, not put together: bundlers look for exactly these forms, to ship the files and to put
 * their final addresses here.
 */
const moduleUrl = (variant: Variant): URL =>
  variant === "plain"
    ? new URL("./pulse.simd.wasm", import.meta.url)
    : new URL("./pulse.relaxed.wasm", import.meta.url);

const importGlue = async (variant: Variant): Promise<CreatePulse> =>
  (await (variant === "plain" ? import("./pulse.simd.mjs") : import("./pulse.relaxed.mjs"))).default;

function instantiate(create: CreatePulse, module: WebAssembly.Module): Promise<PulseModule> {
  return new Promise((resolve, reject) => {
    const silent = (): void => undefined;
    create({
      instantiateWasm(imports, done) {
        // Emscripten waits for `done` for ever, so a failure has to come out here.
        WebAssembly.instantiate(module, imports)
          .then((instance) => {
            done(instance, module);
          })
          .catch(reject);
        return {};
      },
      print: silent,
      printErr: silent,
    }).then(resolve, reject);
  });
}

async function startVariant(
  variant: Variant,
  compile: CompileModule,
  onBytes: (loaded: number) => void,
  signal: AbortSignal,
): Promise<Engine> {
  const [create, module] = await Promise.all([
    importGlue(variant).catch((cause: unknown) => {
      throw new PulseError("network", "the script of the WebAssembly module could not be loaded", { cause });
    }),
    compile(moduleUrl(variant), onBytes, signal),
  ]);
  throwIfAborted(signal);
  try {
    return new Engine(await instantiate(create, module));
  } catch (cause) {
    // An engine that has no address space left for the module's memory says so in a RangeError.
    if (cause instanceof RangeError) throw new PulseError("memory", "memory is out", { cause });
    throw cause;
  }
}

/** Starts the first of `variants` that compiles. */
export async function startEngine(
  variants: [Variant, ...Variant[]],
  compile: CompileModule,
  onBytes: (variant: Variant, loaded: number) => void,
  signal: AbortSignal,
): Promise<{ engine: Engine; variant: Variant }> {
  const [variant, ...others] = variants;
  try {
    const report = (loaded: number): void => {
      onBytes(variant, loaded);
    };
    return { engine: await startVariant(variant, compile, report, signal), variant };
  } catch (error) {
    // The probe in simd.ts tries two instructions; an engine may yet lack another one.
    const [next, ...rest] = others;
    if (error instanceof WebAssembly.CompileError && next)
      return startEngine([next, ...rest], compile, onBytes, signal);
    if (error instanceof WebAssembly.CompileError)
      throw new PulseError("format", `the WebAssembly module does not compile: ${error.message}`, { cause: error });
    throw error;
  }
}
