"""Journals as text: a test writes lines that the library reads as its own."""


def crc32c(text):
    """https://datatracker.ietf.org/doc/html/rfc3720#appendix-B.4"""
    value = 0xFFFFFFFF
    for byte in text:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def checked(text):
    """A line with its checksum."""
    return text + b"\t%08x\n" % crc32c(text)


def with_version(journal, version):
    """The journal as another version of the format would begin it."""
    header, rest = journal.split(b"\n", 1)
    return checked(header.split(b"\t")[0].replace(b'"mediabeat":1', b'"mediabeat":%d' % version)) + rest
