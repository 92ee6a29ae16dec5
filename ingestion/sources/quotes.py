"""Whether the quotes of a CSV file stand where they can, judged as its bytes pass."""

import pyarrow as pa
import pyarrow.compute as pc


class Quotes:
    """The quotes of a CSV file, block by block.

    Each other one opens a field, and stands behind a delimiter or a line's end; those between close
    it, and stand before one. Two in a row are a quote of the text: one closes, the next one opens.
    """

    def __init__(self, delimiter: str) -> None:
        edges = delimiter.encode()
        self._edges = pa.array(sorted({edges[0], edges[-1], *b'\r\n"'}), pa.uint8())
        self._rest = b"\n"  # the last two bytes: what follows the last one is not known yet
        self._count = 0
        self._is_odd = False

    def saw(self, data: bytes) -> None:
        """The next block; an empty one at the end."""
        text = self._rest + (data or b"\n")
        self._rest = text[-2:]
        if self._is_odd or text.find(b'"', 1, -1) < 0:
            return
        whole = pa.Array.from_buffers(pa.uint8(), len(text), [None, pa.py_buffer(text)])
        places = pc.add(pc.indices_nonzero(pc.equal(whole[1:-1], ord('"'))), 1)
        ordinals = pc.cumulative_sum(pa.repeat(pa.scalar(1, pa.int64()), len(places)))
        opens = pc.equal(pc.bit_wise_and(pc.add(ordinals, self._count), 1), 1)
        beside = pc.if_else(opens, pc.subtract(places, 1), pc.add(places, 1))
        self._is_odd = not pc.all(pc.is_in(whole.take(beside), value_set=self._edges)).as_py()
        self._count += len(places)

    def are_odd(self) -> bool:
        """At the end of the file."""
        return self._is_odd or self._count % 2 == 1
