// kernels.c in a worker, where it may take its time.
onmessage = async ({ data: script }) => {
    const { default: start } = await import(script);
    const print = (line) => postMessage({ line });
    await start({ print, printErr: print });
    postMessage({ done: true });
};
