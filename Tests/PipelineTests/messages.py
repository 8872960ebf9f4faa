"""Messages that real clients send, made by Python's email package, seeded."""
import email.message
import email.policy
import email.utils
import random


def plain(subject="Hello", body="It works.\n", sender="me@example.net", to="alerts@example.com"):
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = email.utils.make_msgid(domain="client.example.net")
    message.set_content(body)
    return message


def with_attachments(attachments, subject="Grüße aus Köln: № 42", body="Zwei blaue Stühle, bitte.\n"):
    """`attachments`: name → bytes."""
    message = plain(subject, body, sender="Jürgen Müller <j.mueller@shop.example.net>")
    message.add_alternative("<p>Zwei <b>blaue</b> Stühle, bitte.</p>\n", subtype="html")
    for name, content in attachments.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message


def blob(size, seed=1):
    """Bytes that hold every value and no pattern."""
    return random.Random(seed).randbytes(size)
