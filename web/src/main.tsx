import "@fontsource-variable/hanken-grotesk/wght.css";
import "./styles/tokens.css";
import "./styles/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { EngineProvider } from "./engine/EngineProvider.tsx";
import { Crash } from "./features/loading/Crash.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <Crash>
      <EngineProvider>
        <App />
      </EngineProvider>
    </Crash>
  </StrictMode>,
);
