#!/usr/bin/python3
"""A mail server for tests. Prints "listening on 127.0.0.1:PORT" to standard error and serves until it is ended.

Each mail that it takes is written to FOLDER/NNNNNN.eml as it came, and appended to FOLDER/log as a line of JSON before it is
acknowledged: {file, at, answered, connection, from, to, message_id, tls, user}, and with --parse what Python's email module reads in it.

The recipient's local part steers what happens, up to a "+" or a "-":
  refuse      550 at RCPT                        greyN       451 the first N times for that recipient
  full        452 at RCPT                        closing     421 at RCPT, and the connection ends
  hang        never an answer to RCPT            slow        RCPT is answered after 300 ms
  drop        the connection ends at DATA        late        451 after the body
  spam        554 after the body                 lost        taken, but the connection ends before we say so
Everybody else is taken; with --fail-rate some fail at random in these ways. A sender that begins with "forbidden" is refused,
one with "answerNNN" is answered NNN.
"""

import argparse
import asyncio
import email
import email.policy
import email.utils
import json
import os
import random
import re
import ssl
import sys
import time
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

warnings.filterwarnings("ignore")  # aiosmtpd warns of logins without TLS, which a test asks for

arguments = argparse.ArgumentParser()
arguments.add_argument("--folder", required=True)
arguments.add_argument("--parse", action="store_true", help="log what the mail says")
arguments.add_argument("--fail-rate", type=float, default=0)
arguments.add_argument("--seed", type=int, default=1)
arguments.add_argument("--user", help="name:password, without which nothing is taken")
arguments.add_argument("--cert", help="PEM: STARTTLS is offered")
arguments.add_argument("--key")
arguments.add_argument("--tls", choices=["offered", "required", "implicit"], default="offered")
arguments.add_argument("--closed", action="store_true", help="refuse EHLO with 554")
arguments.add_argument("--silent", action="store_true", help="accept connections and say nothing")
options = arguments.parse_args()

chance = random.Random(options.seed)
log = open(os.path.join(options.folder, "log"), "a", encoding="utf-8")


def parsed(content):
    """What a reader sees, by the standard library's own parser."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    body = {part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in mail.walk() if not part.is_multipart()}
    headers = [[name, str(value)] for name, value in mail.items()]
    names = [[one.display_name, one.addr_spec] for one in mail["From"].addresses]
    return {"headers": headers, "subject": str(mail["Subject"]), "from": names, "text": body.get("text/plain"),
            "html": body.get("text/html"), "defects": [repr(defect) for part in mail.walk() for defect in part.defects]}


class Handler:
    def __init__(self):
        self.greeted = {}
        self.mails = 0

    def role(self, recipient):
        word = re.split(r"[+\-@]", recipient, maxsplit=1)[0]
        if options.fail_rate and chance.random() < options.fail_rate:
            return chance.choice(["full", "late", "drop", "lost", "closing"])
        return word

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return ["554 5.3.2 Nobody is served here"] if options.closed else responses

    async def handle_HELO(self, server, session, envelope, hostname):
        session.host_name = hostname
        return "554 5.3.2 Nobody is served here" if options.closed else "250 hello"

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        if address.startswith("forbidden"):
            return "550 5.1.8 Sender address rejected"
        if answer := re.match(r"answer(\d{3})", address):
            return f"{answer[1]} The sender is answered so"
        envelope.mail_from = address
        return "250 2.1.0 Ok"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        role = self.role(address)
        if role == "refuse":
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
        if role == "full":
            return "452 4.2.2 The mailbox is full"
        if role == "closing":
            asyncio.get_running_loop().call_later(0.05, server.transport.close)
            return "421 4.3.2 The service is closing"
        if role == "hang":
            await asyncio.sleep(3600)
        if role == "slow":
            await asyncio.sleep(0.3)
        if grey := re.fullmatch(r"grey(\d+)", role):
            self.greeted[address] = self.greeted.get(address, 0) + 1
            if self.greeted[address] <= int(grey[1]):
                return "451 4.7.1 Greylisted, come again"
        envelope.role = role
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        role = envelope.role
        if role == "late":
            return "451 4.3.0 Not now"
        if role == "spam":
            return "554 5.7.1 Spam"
        self.take(session, envelope)
        if role == "lost":
            server.transport.abort()
            await asyncio.sleep(3600)
        return "250 2.0.0 Ok: queued"

    def take(self, session, envelope):
        self.mails += 1
        name = f"{self.mails:06d}.eml"
        content = envelope.original_content
        with open(os.path.join(options.folder, name), "wb") as file:
            file.write(content)
        found = re.search(rb"^Message-ID: <([^>]*)>", content, re.MULTILINE | re.IGNORECASE)
        line = {"file": name, "at": time.time(), "answered": envelope.role != "lost", "connection": session.peer[1], "from": envelope.mail_from, "to": envelope.rcpt_tos[0],
                "message_id": found[1].decode() if found else "", "tls": session.ssl is not None,
                "user": session.auth_data.login.decode() if session.authenticated else ""}
        if options.parse:
            line.update(parsed=parsed(content))
        log.write(json.dumps(line) + "\n")
        log.flush()


class Server(SMTP):
    async def smtp_DATA(self, arg):
        if getattr(self.envelope, "role", "") == "drop":
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


def authenticate(server, session, envelope, mechanism, data):
    name, _, password = options.user.partition(":")
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (name.encode(), password.encode())
    return AuthResult(success=right, handled=False, auth_data=data)


async def main():
    context = None
    if options.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)
    implicit = options.tls == "implicit"
    handler = Handler()

    def protocol():
        if options.silent:
            return asyncio.Protocol()
        return Server(handler, hostname="receiver.test", ident="test", loop=asyncio.get_running_loop(),
                      tls_context=None if implicit else context, require_starttls=options.tls == "required",
                      authenticator=authenticate if options.user else None, auth_required=bool(options.user),
                      auth_require_tls=bool(context) and not implicit)

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, backlog=1024, ssl=context if implicit else None)
    print(f"listening on 127.0.0.1:{server.sockets[0].getsockname()[1]}", file=sys.stderr, flush=True)
    await server.serve_forever()


asyncio.run(main())
