"""The outline of a sound: the loudest sample of each short span, for drawing."""

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 2000


class Peaks(msgspec.Struct, frozen=True):
    """For each channel one number of 0–255 (full scale) for every `step_s` seconds."""

    step_s: float = 0.0
    channels: tuple[bytes, ...] = ()


class Outline:
    """Peaks of one channel of unknown length in fixed memory: when there are too many, two become one and the step doubles."""

    def __init__(self, step: int) -> None:
        import numpy as np

        self.step, self._peaks = step, np.empty(0, np.int32)
        self._partial, self._partial_frames = 0, 0

    def add(self, samples: "NDArray[np.int16]") -> None:
        """More samples; what does not fill a span waits for the next."""
        import numpy as np

        if self._partial_frames:
            take = min(self.step - self._partial_frames, len(samples))
            self._fill(samples[:take])
            samples = samples[take:]
        whole = len(samples) // self.step
        if whole:
            spans = samples[: whole * self.step].reshape(whole, self.step)
            loudest = np.maximum(np.maximum.reduce(spans, 1), np.negative(np.minimum.reduce(spans, 1), dtype=np.int32))
            self._peaks = np.concatenate((self._peaks, loudest)) if len(self._peaks) else loudest
        self._fill(samples[whole * self.step :])
        while len(self._peaks) > MOST * 2:
            self._halve()

    def _fill(self, samples: "NDArray[np.int16]") -> None:
        if len(samples):
            self._partial = max(self._partial, int(samples.max()), -int(samples.min()))
            self._partial_frames += len(samples)
        if self._partial_frames == self.step:
            self._push()

    def _push(self) -> None:
        import numpy as np

        self._peaks = np.append(self._peaks, np.int32(self._partial))
        self._partial, self._partial_frames = 0, 0

    def _halve(self) -> None:
        if len(self._peaks) % 2:
            self._partial = max(self._partial, int(self._peaks[-1]))
            self._partial_frames += self.step
        pairs = self._peaks[: len(self._peaks) // 2 * 2]
        self._peaks, self.step = pairs.reshape(-1, 2).max(axis=1), self.step * 2

    def finish(self) -> bytes:
        """The outline, 8 bits a span; anything but true silence is at least 1."""
        import numpy as np

        if self._partial_frames:
            self._push()
        while len(self._peaks) > MOST:
            self._halve()
            if self._partial_frames:
                self._push()
        return bytes(np.ceil(self._peaks * np.float32(255 / 32768)).astype(np.uint8).tobytes())

    @property
    def loudest(self) -> int:
        """The loudest sample so far, of 32768."""
        return max(int(self._peaks.max()) if len(self._peaks) else 0, self._partial)
