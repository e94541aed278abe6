// Answers questions with the npm package in Node: `node answer.mjs plain|relaxed BUNDLE`, a JSON list of
// questions on stdin, a JSON list of answers on stdout. A question is {search, limit}, {recommend}, {song} or
// {map}.
import { text } from "node:stream/consumers";
import { open } from "../../wasm/dist/node.js";

const [variant, bundle] = process.argv.slice(2);
const questions = JSON.parse(await text(process.stdin));
const recommender = await open({ bundle, simd: variant });
const answers = [];
for (const { search, limit, recommend, song, map } of questions) {
    if (search !== undefined) answers.push(await recommender.search(search, limit));
    else if (recommend !== undefined) answers.push(await recommender.recommend(recommend));
    else if (map) {
        const { song_ids, positions } = await recommender.map();
        answers.push({ song_ids, positions: Array.from(positions) });
    } else answers.push(await recommender.song(song));
}
const report = { variant: recommender.variant, info: recommender.info, answers };
recommender.close();
process.stdout.write(JSON.stringify(report));
