"""Words to sound: eSpeak NG speaks them, LAME packs them, both from the extra `voice`.

WhatsApp takes no WAV. MP3 it does, as an audio message.
"""

import ctypes
import importlib.util
from functools import cache
from typing import Any

__all__ = ["can_speak", "speak"]

_LIBRARIES = ("espeakng_loader", "lameenc")
_SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT: samples go to the callback, and the call returns when all have
_UTF8 = 1  # espeakCHARS_UTF8
_RATE = 1  # espeakRATE
_WORDS_PER_MINUTE = 150
_OK = 0
_KBIT_PER_S = 48  # of speech in mono: half a megabyte holds a minute and more


def can_speak() -> bool:
    """Whether the libraries are installed."""
    return all(importlib.util.find_spec(name) is not None for name in _LIBRARIES)


def speak(text: str) -> bytes:
    """An MP3 of `text`, in English. Some ms of CPU for each second of sound: the caller charges its clock for it.

    Raises ValueError when there is nothing to speak, OSError when the engine does not start.
    """
    import lameenc  # noqa: PLC0415 - only spoken answers need it

    if not text.strip():
        raise ValueError("there is nothing to speak")
    samples, samples_per_s = _spoken(text)
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(_KBIT_PER_S)
    encoder.set_in_sample_rate(samples_per_s)
    encoder.set_channels(1)
    encoder.silence()
    return bytes(encoder.encode(samples)) + bytes(encoder.flush())


def _spoken(text: str) -> tuple[bytes, int]:
    """Samples of 16 bits, and how many there are a second."""
    library, callback_type, samples_per_s = _engine()
    samples = bytearray()

    def collect(sound: Any, count: int, _events: Any) -> int:
        if count > 0:
            samples.extend(ctypes.string_at(sound, 2 * count))
        return 0  # go on

    callback = callback_type(collect)
    library.espeak_SetSynthCallback(callback)
    said = text.encode()
    # A position of 0 of the kind "character", no end: all of it.
    if library.espeak_Synth(said, len(said) + 1, 0, 1, 0, _UTF8, None, None) != _OK:
        raise OSError("eSpeak NG did not speak")
    library.espeak_Synchronize()
    return bytes(samples), samples_per_s


@cache
def _engine() -> tuple[Any, Any, int]:
    """The library, the type of its callback, and its sample rate. Once for each process: it has one global state."""
    import espeakng_loader  # noqa: PLC0415 - only spoken answers need it

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    callback_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
    samples_per_s = library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    if samples_per_s <= 0 or library.espeak_SetVoiceByName(b"en-us") != _OK:
        raise OSError("eSpeak NG did not start")
    library.espeak_SetParameter(_RATE, _WORDS_PER_MINUTE, 0)
    return library, callback_type, samples_per_s
