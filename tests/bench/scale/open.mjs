// Opens a bundle with the npm package and asks it once of each: node open.mjs BUNDLE SONG_ID. For the memory that takes.
import { open } from "../../../wasm/dist/node.js";

const [bundle, id] = process.argv.slice(2);
const recommender = await open({ bundle });
const song_id = recommender.info.integer_ids ? Number(id) : id;
await recommender.search("ba");
await recommender.recommend({ seeds: [{ song_id }], k: 20 });
if (recommender.info.map) await recommender.map();
recommender.close();
