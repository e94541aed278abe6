// Serves folders to Chromium, isolated from other origins: only then are its clocks fine enough to time with.
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";

const types = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
};

const bareImports = { comlink: "/comlink/comlink.mjs" };

/** `mounts`: {"/prefix/": folder}; `imports`: where what modules import by name is. Gives {origin, close}. */
export async function serve(mounts, imports = bareImports) {
    const server = createServer((request, response) => {
        answer(mounts, imports, request, response).catch(() => {
            response.writeHead(404).end();
        });
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
        origin: `http://127.0.0.1:${server.address().port}`,
        close: () => {
            server.closeAllConnections();
            server.close();
        },
    };
}

/** The file behind an address, or undefined. */
export function fileOf(mounts, pathname) {
    const name = decodeURIComponent(pathname);
    const prefix = Object.keys(mounts).find((one) => name.startsWith(one));
    if (prefix === undefined) return undefined;
    const file = path.join(mounts[prefix], name.slice(prefix.length) || "index.html");
    return file.startsWith(path.resolve(mounts[prefix])) ? file : undefined;
}

async function answer(mounts, imports, request, response) {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = fileOf(mounts, pathname);
    if (file === undefined) throw new Error("not found");
    const type = types[path.extname(file)] ?? "application/octet-stream";
    const headers = {
        "Content-Type": type,
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Resource-Policy": "same-origin",
    };
    if (type === "text/javascript") {
        // Import maps do not reach into workers, so bare imports are written out here.
        let text = await readFile(file, "utf8");
        for (const [name, place] of Object.entries(imports))
            text = text.replaceAll(`from "${name}"`, `from "${place}"`).replaceAll(`from"${name}"`, `from"${place}"`);
        response.writeHead(200, headers);
        response.end(text);
        return;
    }
    const { size } = await stat(file);
    response.writeHead(200, { ...headers, "Content-Length": size });
    createReadStream(file).pipe(response);
}
