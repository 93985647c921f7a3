"""Writes down what is said in a recording, and prints it as lines of JSON while it listens.

Run as a script of its own, in a child process with limits (media.confined): the engine is large, and it must be endable at any
moment. It imports nothing of the project.

    speech_child.py MODEL SOUND LANGUAGE THREADS

SOUND is 16-bit mono at 16 kHz without a header, of any length: a few minutes of it are in memory at a time. The lines:
{"words": [[start, end, text], …]} (seconds; a text begins with a blank where a word does), {"heard": seconds}, at the end
{"done": true} or {"error": code of media.errors, "detail": …}.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

RATE = 16_000
BLOCK = 120 * RATE  # samples that are listened to at once
SEARCHED = 20 * RATE  # at a block's end, for the quietest place: that is where it is cut
FRAME = RATE // 50
QUIET = 20  # frames
# Below this the engine has made words of music or noise. With the smallest models: speech from -0.5 to -0.65, film music -0.98.
LEAST_SURE = -0.9  # mean logarithm of the probability of a segment's words


def blocks(sound: BinaryIO, block: int = BLOCK, searched: int = SEARCHED) -> Iterator[tuple[float, Any]]:
    """(second of its first sample, samples as floats) of pieces that end where it is quiet."""
    begin, rest = 0, np.empty(0, np.float32)
    while True:
        raw = sound.read((block - len(rest)) * 2)
        samples = np.concatenate([rest, np.frombuffer(raw[: len(raw) // 2 * 2], np.int16).astype(np.float32) / 32768])
        if len(samples) < block:
            if len(samples):
                yield begin / RATE, samples
            return
        cut = block - searched + quietest(samples[block - searched :])
        yield begin / RATE, samples[:cut]
        begin, rest = begin + cut, samples[cut:]


def quietest(samples: Any) -> int:
    """The sample in the middle of the quietest 0.4 seconds."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.convolve((frames**2).mean(axis=1), np.ones(QUIET), mode="valid")
    return (int(power.argmin()) + QUIET // 2) * FRAME


def say(**line: Any) -> None:
    """One line to whoever started this."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(folder: str, sound: str, language: str, threads: str) -> None:
    """Listen to all of it."""
    from faster_whisper import WhisperModel

    try:
        model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=int(threads), local_files_only=True)
    except Exception as error:  # whatever the engine says of a file that is not what its name says
        say(error="speech_model", detail=repr(error)[:300])
        return
    if language != "en" and not model.model.is_multilingual:
        say(error="speech_language", detail=f"the model knows English only, not {language}")
        return
    with Path(sound).open("rb") as samples:
        for begin, block in blocks(samples):
            segments, _ = model.transcribe(
                block,
                language=language,
                vad_filter=True,
                word_timestamps=True,
                # a mistake is not carried on, and what was said before does not stand where nothing is said
                condition_on_previous_text=False,
            )
            for segment in segments:
                if segment.avg_logprob > LEAST_SURE:
                    words = segment.words or []
                    say(words=[[round(begin + w.start, 3), round(begin + w.end, 3), w.word] for w in words])
                say(heard=round(begin + segment.end, 3))
            say(heard=round(begin + len(block) / RATE, 3))
    say(done=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
