"""readers.py email|fast-mail-parser LIST: reads the messages whose paths stand in LIST, one a line, as that library does."""
import sys


def by_email(bytes):
    import email
    import email.policy
    message = email.message_from_bytes(bytes, policy=email.policy.default)
    for part in message.walk():
        for name in part.keys():
            str(part[name])
        if part.get_content_maintype() == "text":
            part.get_content()
        elif not part.is_multipart():
            part.get_payload(decode=True)


def by_fast_mail_parser(bytes):
    import fast_mail_parser
    message = fast_mail_parser.parse_email(bytes)
    _ = message.subject, message.headers, message.text_plain, message.text_html
    for attachment in message.attachments:
        _ = attachment.content


def main():
    read = {"email": by_email, "fast-mail-parser": by_fast_mail_parser}[sys.argv[1]]
    with open(sys.argv[2]) as paths:
        for path in paths:
            with open(path.rstrip("\n"), "rb") as file:
                try:
                    read(file.read())
                except Exception as error:  # the whole message is lost
                    print(path, error)


main()
