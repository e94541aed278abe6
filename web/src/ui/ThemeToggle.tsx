import { useState, useSyncExternalStore } from "react";
import { Icon } from "./Icon.tsx";

type Theme = "light" | "dark";

const dark = () => window.matchMedia("(prefers-color-scheme: dark)");

function subscribe(listener: () => void): () => void {
  const media = dark();
  media.addEventListener("change", listener);
  return () => {
    media.removeEventListener("change", listener);
  };
}

function chosen(): Theme | null {
  const theme = document.documentElement.dataset.theme;
  return theme === "light" || theme === "dark" ? theme : null;
}

/** Keeps the choice only where it differs from the system's, so that the page follows it again. */
function choose(theme: Theme, system: Theme): void {
  if (theme === system) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === system) localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // Storage may be forbidden: the choice lasts as long as the page.
  }
}

export function ThemeToggle() {
  const system: Theme = useSyncExternalStore(subscribe, () => dark().matches) ? "dark" : "light";
  const [override, setOverride] = useState(chosen);
  const theme = override ?? system;
  const other: Theme = theme === "dark" ? "light" : "dark";
  return (
    <button
      type="button"
      className="round"
      aria-label={`Use the ${other} theme`}
      title={`Use the ${other} theme`}
      onClick={() => {
        choose(other, system);
        setOverride(other === system ? null : other);
      }}
    >
      <Icon name={theme === "dark" ? "sun" : "moon"} />
    </button>
  );
}
