"""A party of a call: Firefox on this host, told what to do by lines of JSON as `aio.py` is.

`firefox.py FOLDER PAGE`: the folder of its profile, and the page to which requests go. Firefox is
driven by its own protocol, Marionette: `LENGTH:[0, id, command, parameters]` over TCP.
"""

import json
import os
import socket
import subprocess
import sys
import time

PORT = 2828
# Fake devices without asking, real addresses in candidates, and nothing sent to its maker.
PREFERENCES = {
    "marionette.port": PORT,
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "media.autoplay.default": 0,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "network.dns.disabled": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.region.network.url": "",
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.enabled": False,
    "extensions.update.enabled": False,
    "media.gmp-manager.url": "data:,",
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "",
}
ASK = """
const [expression, done] = arguments;
Promise.resolve(eval(expression)).then((ok) => done({ ok }), (e) => done({ error: String(e) }));
"""


class Marionette:
    def __init__(self):
        self.stream, self.count = connected().makefile("rwb"), 0
        self.read()

    def read(self):
        length = b""
        while (octet := self.stream.read(1)) != b":":
            length += octet
        return json.loads(self.stream.read(int(length)))

    def command(self, name, **parameters):
        self.count += 1
        text = json.dumps([0, self.count, name, parameters]).encode()
        self.stream.write(b"%d:%b" % (len(text), text))
        self.stream.flush()
        _, _, error, result = self.read()
        if error:
            raise RuntimeError(error["message"])
        return result


def connected():
    for _ in range(600):
        try:
            return socket.create_connection(("127.0.0.1", PORT))
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("Firefox does not answer")


def main(folder, page):
    os.makedirs(folder)
    with open(os.path.join(folder, "user.js"), "w") as file:
        for name, value in PREFERENCES.items():
            file.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
    subprocess.Popen(
        ["firefox-esr", "--headless", "--marionette", "--no-remote", "--profile", folder],
        env=os.environ | {"MOZ_DISABLE_CONTENT_SANDBOX": "1"}, stdout=sys.stderr,
    )
    browser = Marionette()
    browser.command("WebDriver:NewSession")
    browser.command("WebDriver:SetTimeouts", script=60000, pageLoad=20000)
    browser.command("WebDriver:Navigate", url=f"file://{page}")
    for line in sys.stdin:
        what, *args = json.loads(line)
        expression = f"party.{what}(...{json.dumps(args)})"
        script = {"script": ASK, "args": [expression], "newSandbox": False, "sandbox": None}
        answer = browser.command("WebDriver:ExecuteAsyncScript", **script)
        print(json.dumps(answer["value"]), flush=True)


main(*sys.argv[1:])
