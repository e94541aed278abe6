/*
 * The script of the worker. It is started by `open` of the package; whoever makes the worker himself starts this
 * entry point (`playlistpulse/worker`) as a module worker and hands it to `open`.
 */
import { expose } from "comlink";

import { WorkerApi } from "./worker-api.js";

expose(new WorkerApi());
