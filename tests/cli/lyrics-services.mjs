// Services that speak as LRCLIB and Genius do, on this machine alone, with every fault on demand.
// Songs, artists and lyrics are made up.
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";

/** A server on a port of its own; `handle(request, response, url)`. Its `requests` are kept. */
export async function serve(handle) {
    const requests = [];
    const sockets = new Set();
    const server = createServer((request, response) => {
        const url = new URL(request.url, "http://127.0.0.1");
        requests.push({
            path: url.pathname,
            query: Object.fromEntries(url.searchParams),
            headers: request.headers,
            at: performance.now(),
        });
        handle(request, response, url);
    });
    server.on("connection", (socket) => {
        sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => sockets.delete(socket));
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
        url: `http://127.0.0.1:${server.address().port}`,
        requests,
        close: () =>
            new Promise((resolve) => {
                for (const socket of sockets) socket.destroy();
                server.close(resolve);
            }),
    };
}

export const sendJson = (response, value, { status = 200, headers = {} } = {}) => {
    response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
    response.end(JSON.stringify(value));
};

export const sendPage = (response, html, { status = 200, headers = {} } = {}) => {
    response.writeHead(status, { "content-type": "text/html; charset=utf-8", ...headers });
    response.end(html);
};

// ---- faults: each answers a request in its own bad way -------------------------------------------

const captcha =
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>" +
    "<noscript>Enable JavaScript and cookies to continue</noscript>" +
    "<form action='/cdn-cgi/challenge-platform/x'></form></body></html>";

export const faults = {
    captcha: (response) => sendPage(response, captcha),
    captcha403: (response) => sendPage(response, captcha, { status: 403 }),
    captcha503: (response) => sendPage(response, captcha, { status: 503, headers: { "cf-mitigated": "challenge" } }),
    forbidden: (response) => sendJson(response, { error: "forbidden" }, { status: 403 }),
    unauthorized: (response) =>
        sendJson(
            response,
            { error: "invalid_token", error_description: "The access token is invalid" },
            { status: 401 },
        ),
    broken: (response) => sendJson(response, { error: "oops" }, { status: 500 }),
    tooMany: (seconds) => (response) =>
        sendJson(response, {}, { status: 429, headers: seconds === undefined ? {} : { "retry-after": seconds } }),
    hang: () => {},
    reset: (response) => response.socket.resetAndDestroy?.() ?? response.socket.destroy(),
    truncated: (response) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": "5000" });
        response.write('{"response":{"hits":[');
        setTimeout(() => response.destroy(), 20);
    },
    truncatedChunk: (response) => {
        response.writeHead(200, { "content-type": "text/html" });
        response.write("<div data-lyrics-container=true>half of a");
        setTimeout(() => response.destroy(), 20);
    },
    notJson: (response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end('{"response":{"hits":[{"type"');
    },
    otherJson: (response) => sendJson(response, { hello: ["world"] }),
    otherType: (response) => {
        response.writeHead(200, { "content-type": "application/pdf" });
        response.end("%PDF-1.4");
    },
    huge: (response) => {
        response.writeHead(200, { "content-type": "text/html" });
        const piece = "<p>words ".repeat(1 << 15);
        const write = () => {
            while (!response.destroyed && response.write(piece));
        };
        response.on("drain", write);
        write();
    },
    // 20 MB of blanks in a few kilobytes.
    bomb: (response) => {
        response.writeHead(200, { "content-type": "text/html", "content-encoding": "gzip" });
        response.end(gzipSync(Buffer.alloc(20 << 20, " ")));
    },
    badGzip: (response) => {
        response.writeHead(200, { "content-type": "text/html", "content-encoding": "gzip" });
        response.end("this is not gzip");
    },
    headers: (response) => {
        for (let i = 0; i < 400; ++i) response.setHeader(`x-${i}`, "y".repeat(1000));
        sendPage(response, "<p>");
    },
    redirect: (to) => (response) => {
        response.writeHead(302, { location: to });
        response.end();
    },
    noPage: (response) => sendPage(response, "<h1>Oops</h1>", { status: 404 }),
    unknownPage: (response) => sendPage(response, "<html><body><h1>A new design</h1><p>of the page</p></body></html>"),
};

// ---- made-up songs -------------------------------------------------------------------------------

/** A text that no other song has; `number` stands in it. */
export const verses = (number) =>
    [
        `The kettle of line ${number} sings at seven in the morning`,
        "and all the paper cups are waiting in a row",
        `somebody counted ${number} lanterns on the harbour`,
        "and carried home the only one below",
    ].join("\n");

/** A page as Genius has it: lyrics in several containers, with what is not lyrics in and between. */
export function page(text) {
    const lines = text.split("\n");
    const half = Math.ceil(lines.length / 2);
    const container = (inside) => `<div data-lyrics-container="true" class="Lyrics__Container-sc-1">${inside}</div>`;
    return (
        "<!DOCTYPE html><html><head><title>A song | Genius</title><script>window.x = '<div>';</script></head><body>" +
        "<h1>A song</h1>" +
        container(
            '<div data-exclude-from-selection="true" class="LyricsHeader">3 Contributors<h2>A song Lyrics</h2></div>' +
                `[Verse 1]<br/>${lines.slice(0, half).join("<br/>")}`,
        ) +
        '<div class="RightSidebar">You might also like</div>' +
        container(`[Chorus]<br/><a href="/1"><span>${lines.slice(half).join("<br/>")}</span></a>`) +
        "<script>var after = 1;</script></body></html>"
    );
}

const slug = (text) => text.normalize("NFKD").replace(/[^A-Za-z0-9]+/g, "-");

/** A hit of Genius' search. */
export function hit(song, more = {}) {
    const path = `/${slug(song.artist)}-${slug(song.title)}-lyrics`;
    return {
        highlights: [],
        index: "song",
        type: "song",
        result: {
            title: song.title,
            full_title: `${song.title} by ${song.artist}`,
            artist_names: song.artist,
            primary_artist: { name: song.artist },
            featured_artists: [],
            lyrics_state: "complete",
            path,
            url: `https://genius.com${path}`,
            ...more,
        },
    };
}

/**
 * Genius: `songs` [{artist, title, text}] are what it has. `fault(kind, n)` may give a fault for the
 * n-th search or page; `hits(query)` may give other hits.
 */
export async function genius({ songs = [], token = "a-token-of-the-tests", fault = () => null, hits } = {}) {
    const count = { search: 0, page: 0 };
    const pages = new Map(songs.map((song) => [hit(song).result.path, song.text]));
    const own = await serve((request, response, url) => {
        const kind = url.pathname === "/search" ? "search" : "page";
        const bad = fault(kind, ++count[kind], url);
        if (bad) {
            bad(response);
        } else if (kind === "page") {
            const text = pages.get(url.pathname);
            if (text === undefined) faults.noPage(response);
            else sendPage(response, page(text));
        } else if (request.headers.authorization !== `Bearer ${token}`) {
            faults.unauthorized(response);
        } else {
            const query = url.searchParams.get("q").toLowerCase();
            const found =
                hits?.(query) ??
                songs.filter((song) => query.includes(song.title.toLowerCase())).map((song) => hit(song));
            sendJson(response, { meta: { status: 200 }, response: { hits: found } });
        }
    });
    return own;
}

export const track = (song, more = {}) => ({
    id: 1,
    name: song.title,
    trackName: song.title,
    artistName: song.artist,
    albumName: "An Album",
    duration: 200,
    instrumental: false,
    plainLyrics: song.text ?? null,
    syncedLyrics: null,
    ...more,
});

/** LRCLIB: `tracks` are what it has. */
export async function lrclib({ tracks = [], fault = () => null } = {}) {
    let count = 0;
    return serve((request, response, url) => {
        const bad = fault(++count, url);
        const wanted = (item) =>
            item.trackName.toLowerCase() === url.searchParams.get("track_name").toLowerCase() &&
            item.artistName.toLowerCase() === url.searchParams.get("artist_name").toLowerCase();
        if (bad) {
            bad(response);
        } else if (url.pathname === "/api/search") {
            sendJson(
                response,
                tracks.filter((item) =>
                    item.trackName.toLowerCase().includes(url.searchParams.get("track_name").toLowerCase()),
                ),
            );
        } else if (url.pathname === "/api/get") {
            const duration = Number(url.searchParams.get("duration"));
            const found = tracks.find((item) => wanted(item) && Math.abs(item.duration - duration) <= 2);
            if (found) sendJson(response, found);
            else
                sendJson(
                    response,
                    { code: 404, name: "TrackNotFound", message: "Failed to find specified track" },
                    { status: 404 },
                );
        } else {
            sendJson(response, { message: "no such path" }, { status: 404 });
        }
    });
}
