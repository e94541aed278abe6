import { Engine, type CreatePulse, type ModuleOptions, type PulseModule } from "./engine.js";
import { isAbort, PulseError, throwIfAborted } from "./error.js";
import type { Variant } from "./types.js";

/** Reads and compiles the module at `url`, telling how many bytes have come so far. */
export type CompileModule = (
  url: URL,
  onBytes: (loaded: number) => void,
  signal: AbortSignal,
) => Promise<WebAssembly.Module>;

/*
 * All are written out, not put together: bundlers look for exactly these forms, to ship the files and to put
 * their final addresses here.
 */
const moduleUrls: Readonly<Record<Variant, () => URL>> = {
  plain: () => new URL("./pulse.simd.wasm", import.meta.url),
  relaxed: () => new URL("./pulse.relaxed.wasm", import.meta.url),
  threads: () => new URL("./pulse.threads.wasm", import.meta.url),
};
/** The threads' workers run the script that made them, so it stays a file of its own, which bundlers only move. */
const threadsScript = (): URL => new URL("./pulse.threads.mjs", import.meta.url);

const importGlue: Readonly<Record<Variant, () => Promise<{ default: CreatePulse }>>> = {
  plain: () => import("./pulse.simd.mjs"),
  relaxed: () => import("./pulse.relaxed.mjs"),
  threads: () =>
    import(/* webpackIgnore: true */ /* @vite-ignore */ threadsScript().href) as Promise<{ default: CreatePulse }>,
};

/** Milliseconds for the threads' workers to start. */
const patience = 20_000;

/** Calls the factory. Where it fails, or `failed` does first, nothing is left running. */
async function instantiate(
  create: CreatePulse,
  module: WebAssembly.Module,
  options: Pick<ModuleOptions, "threads" | "mainScriptUrlOrBlob" | "printErr">,
  failed?: Promise<never>,
): Promise<PulseModule> {
  let started: (ModuleOptions & Partial<PulseModule>) | undefined;
  try {
    return await new Promise((resolve, reject) => {
      started = {
        ...options,
        print: () => undefined,
        instantiateWasm(imports, done) {
          // Emscripten waits for `done` for ever, so a failure has to come out here.
          WebAssembly.instantiate(module, imports)
            .then((instance) => {
              done(instance, module);
            })
            .catch(reject);
          return {};
        },
      };
      failed?.catch(reject);
      create(started).then(resolve, reject);
    });
  } catch (error) {
    // The factory puts what it exports into its options, also when it never gets ready.
    started?.PThread?.terminateAllThreads();
    throw error;
  }
}

/**
 * The same with threads. A worker that does not start is something that Emscripten prints, and throws where nobody can
 * catch it; one that hangs is nothing at all.
 */
async function instantiateThreads(
  create: CreatePulse,
  module: WebAssembly.Module,
  threads: number,
): Promise<PulseModule> {
  let fail: (reason: string) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = (reason) => {
      reject(new PulseError("unsupported", `the threads could not be started: ${reason}`));
    };
  });
  const uncaught = (event: Event): void => {
    event.preventDefault();
  };
  addEventListener("error", uncaught);
  const timer = setTimeout(fail, patience, "they do not answer");
  try {
    return await instantiate(
      create,
      module,
      {
        threads,
        mainScriptUrlOrBlob: threadsScript().href,
        printErr: (line) => {
          fail(line);
        },
      },
      failed,
    );
  } finally {
    clearTimeout(timer);
    // What was printed comes before what is thrown.
    setTimeout(() => {
      removeEventListener("error", uncaught);
    });
  }
}

async function startVariant(
  variant: Variant,
  threads: number,
  compile: CompileModule,
  onBytes: (loaded: number) => void,
  signal: AbortSignal,
): Promise<Engine> {
  const [{ default: create }, module] = await Promise.all([
    importGlue[variant]().catch((cause: unknown) => {
      throw new PulseError("network", "the script of the WebAssembly module could not be loaded", { cause });
    }),
    compile(moduleUrls[variant](), onBytes, signal),
  ]);
  throwIfAborted(signal);
  try {
    const instance =
      variant === "threads"
        ? await instantiateThreads(create, module, threads)
        : await instantiate(create, module, { printErr: () => undefined });
    return new Engine(instance);
  } catch (cause) {
    // An engine that has no address space left for the module's memory says so in a RangeError.
    if (cause instanceof RangeError) throw new PulseError("memory", "memory is out", { cause });
    throw cause;
  }
}

/** Starts the first of `variants` that compiles, or, with threads, that starts. */
export async function startEngine(
  variants: [Variant, ...Variant[]],
  threads: number,
  compile: CompileModule,
  onBytes: (variant: Variant, loaded: number) => void,
  signal: AbortSignal,
): Promise<{ engine: Engine; variant: Variant; threads: number }> {
  const [variant, ...others] = variants;
  try {
    const report = (loaded: number): void => {
      onBytes(variant, loaded);
    };
    const engine = await startVariant(variant, threads, compile, report, signal);
    return { engine, variant, threads: variant === "threads" ? threads : 1 };
  } catch (error) {
    // The probe in simd.ts tries two instructions; an engine may yet lack another one. Of threads much more can fail:
    // a host that serves the workers without the page's headers, a policy, address space.
    const [next, ...rest] = others;
    if (next && (error instanceof WebAssembly.CompileError || (variant === "threads" && !isAbort(error))))
      return startEngine([next, ...rest], threads, compile, onBytes, signal);
    if (error instanceof WebAssembly.CompileError)
      throw new PulseError("format", `the WebAssembly module does not compile: ${error.message}`, { cause: error });
    throw error;
  }
}
