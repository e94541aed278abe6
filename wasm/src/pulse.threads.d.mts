import type { CreatePulse } from "./engine.js";

declare const createPulse: CreatePulse;
export default createPulse;
