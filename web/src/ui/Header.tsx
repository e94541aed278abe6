import type { ReactNode } from "react";
import { change } from "../state/location.ts";
import { EMPTY } from "../state/query.ts";
import { Logo } from "./Icon.tsx";
import { OfflineNote } from "./OfflineNote.tsx";
import { ThemeToggle } from "./ThemeToggle.tsx";
import "./header.css";

export function Header({ ready, children }: { ready: boolean; children: ReactNode }) {
  return (
    <header className={children ? "header header--search" : "header"}>
      <a
        className="brand"
        href="./"
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          change(() => EMPTY, "push");
        }}
      >
        <Logo />
        <span className="brand-name">PlaylistPulse</span>
        <span className="brand-line">songs that belong together</span>
      </a>
      <div className="header-search">{children}</div>
      <div className="header-end">
        <OfflineNote ready={ready} />
        <ThemeToggle />
      </div>
    </header>
  );
}
