import { useEffect, useRef } from "react";
import { useEngine } from "./engine/engine.ts";
import { FailurePanel } from "./features/loading/FailurePanel.tsx";
import { LoadingPanel, StoppedPanel } from "./features/loading/LoadingPanel.tsx";
import { MixPage } from "./features/mix/MixPage.tsx";
import { SearchBox } from "./features/search/SearchBox.tsx";
import { Examples } from "./features/start/Examples.tsx";
import { Hero } from "./features/start/Hero.tsx";
import { change, useQuery } from "./state/location.ts";
import { follow, isUnasked } from "./state/query.ts";
import { Footer } from "./ui/Footer.tsx";
import { Header } from "./ui/Header.tsx";
import { useSlash } from "./ui/useSlash.ts";

export function App() {
  const { state, cancel, retry } = useEngine();
  const query = useQuery();
  const main = useRef<HTMLElement>(null);
  useSlash();

  const recommender = state.status === "ready" ? state.recommender : null;
  const starting = isUnasked(query);

  useEffect(() => {
    if (starting) document.title = "PlaylistPulse: songs that belong together";
  }, [starting]);

  const search = (
    <SearchBox
      label="Find a song"
      placeholder="Song or artist"
      primary
      onChoose={(song) => {
        change((before) => follow(before, String(song.song_id)), "push");
      }}
    />
  );

  return (
    <>
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          // The fragment is the query: move by hand.
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the {starting ? "start" : "recommendations"}
      </a>
      <Header ready={recommender !== null}>{starting ? null : search}</Header>
      <main id="main" ref={main} tabIndex={-1}>
        {starting && <Hero info={recommender?.info ?? null}>{search}</Hero>}
        {state.status === "loading" && <LoadingPanel progress={state.progress} onCancel={cancel} />}
        {state.status === "stopped" && <StoppedPanel onRetry={retry} />}
        {state.status === "failed" && <FailurePanel failure={state.failure} onRetry={retry} />}
        {recommender &&
          (starting ? (
            <Examples recommender={recommender} />
          ) : (
            <MixPage recommender={recommender} query={query} />
          ))}
      </main>
      {recommender && <Footer recommender={recommender} />}
    </>
  );
}
