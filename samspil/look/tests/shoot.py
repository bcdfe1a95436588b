"""Pictures of the gallery: `python -m samspil.look.tests.shoot FOLDER`. Needs Chromium; opens its own server on a free port."""

import sys
from pathlib import Path

from samspil.look.tests.serve import serve


def main(folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    server, url = serve()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for scheme in ("light", "dark"):
            for width, height in ((1440, 900), (390, 844)):
                context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, locale="da")
                page = context.new_page()
                page.on("console", lambda said: sys.stdout.write(f"{said.type}: {said.text}\n"))
                page.on("pageerror", lambda error: sys.stdout.write(f"error: {error}\n"))
                for name, query, whole in (
                    ("parts", "", True),
                    ("desk", "?page=desk", False),
                    ("thread", "?page=desk&open=1", False),
                    ("bare", "?page=bare", False),
                    ("error", "?page=error", False),
                ):
                    if name == "thread" and width > 900:
                        continue
                    page.goto(url + query)
                    page.wait_for_timeout(350)
                    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=False)
                    if whole:
                        tall = page.evaluate("document.querySelector('.page').scrollHeight + 100")
                        page.set_viewport_size({"width": width, "height": tall})
                        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
                        page.set_viewport_size({"width": width, "height": height})
                context.close()
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
