import { useSyncExternalStore } from "react";

function subscribe(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}

export function OfflineNote({ ready }: { ready: boolean }) {
  const online = useSyncExternalStore(subscribe, () => navigator.onLine);
  return (
    <span role="status" className="offline">
      {!online && (
        <span className="offline-note">
          <span className="offline-dot" aria-hidden="true" />
          <span>{ready ? "Offline: everything keeps working" : "Offline"}</span>
        </span>
      )}
    </span>
  );
}
