const PATHS = {
  search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14Zm5 12 4.5 4.5",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  arrow: "M5 12h13M13 6.5 18.5 12 13 17.5",
  chevron: "M6.5 9.5 12 15l5.5-5.5",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z",
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 22 18" aria-hidden="true" focusable="false">
      <rect x="0" y="7" width="3.6" height="11" rx="1.8" />
      <rect x="6.1" y="11" width="3.6" height="7" rx="1.8" />
      <rect className="logo-lamp" x="12.2" y="0" width="3.6" height="18" rx="1.8" />
      <rect x="18.3" y="5" width="3.6" height="13" rx="1.8" />
    </svg>
  );
}
