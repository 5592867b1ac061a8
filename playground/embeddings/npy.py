"""NumPy's file format, written by hand: `numpy.load` reads it, and nothing here needs numpy.

Magic, version, the header's length, a header that is a Python literal filled up with spaces, then the numbers
(numpy.lib.format, version 1.0).
"""

MAGIC = b"\x93NUMPY\x01\x00"
ALIGNED = 64  # bytes: so long are magic, length and header together, times a whole number


def header(rows: int, columns: int) -> bytes:
    """What stands before `rows` times `columns` numbers of 32 bits, low byte first, row by row."""
    said = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}"
    used = len(MAGIC) + 2 + len(said) + 1
    said += " " * (-used % ALIGNED) + "\n"
    return MAGIC + len(said).to_bytes(2, "little") + said.encode("ascii")
