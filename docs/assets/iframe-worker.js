/* A browser starts no worker for a page from disk. There a hidden frame takes its place, for search. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.srcdoc =
        "<script>self.postMessage = data => parent.postMessage({ frame: name, data }, '*')</script>" +
        `<script src="${new URL(url, location)}"></script>`;
      this.frame.name = `worker-${Math.random()}`;
      this.loaded = new Promise((done) => (this.frame.onload = done));
      addEventListener("message", ({ data }) => {
        if (data?.frame === this.frame.name) this.answer(data.data);
      });
      document.documentElement.append(this.frame);
    }
    answer(data) {
      const event = new MessageEvent("message", { data });
      this.dispatchEvent(event);
      this.onmessage?.(event);
    }
    async postMessage(data) {
      await this.loaded;
      const { contentWindow: inner } = this.frame;
      inner.dispatchEvent(new inner.MessageEvent("message", { data }));
    }
    terminate() {
      this.frame.remove();
    }
  };
}
