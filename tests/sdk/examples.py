"""Runs the examples of docs/mock-ecs-clients.md, each with "mock-ecs run".

Usage: examples.py MOCK_ECS FOLDER LANGUAGE..., where FOLDER has what tests/sdk/run installed. Prints what failed and
"N passed, N failed".
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parent.parent.parent
PAGE = ROOT / "docs/mock-ecs-clients.md"


def command(language, text, scratch, folder):
    """Writes an example to its own folder; returns the command that runs it, and the folder to run it in."""
    if language == "python":
        (scratch / "example.py").write_text(text)
        return [str(folder / "python/bin/python"), "example.py"]
    if language == "go":
        for name in ("go.mod", "go.sum"):
            shutil.copy(ROOT / "tests/sdk/go" / name, scratch)
        (scratch / "main.go").write_text(text)
        return ["go", "run", "-mod=readonly", "."]
    if language == "javascript":
        (scratch / "example.cjs").write_text(text)
        return ["node", "example.cjs"]
    (scratch / "Example.java").write_text(text)
    return ["java", "-cp", f"{folder}/java/deps/*", "Example.java"]


def main(binary, folder, *languages):
    folder = pathlib.Path(folder).resolve()
    blocks = re.findall(r"^```(python|go|javascript|java)\n(.*?)^```$", PAGE.read_text(), re.S | re.M)
    run = [str(pathlib.Path(binary).resolve()), "run", "--"]
    passed = failed = 0
    for language, text in blocks:
        if {"javascript": "node"}.get(language, language) not in languages:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            words = run + command(language, text, pathlib.Path(scratch), folder)
            done = subprocess.run(words, cwd=scratch, capture_output=True, text=True, check=False)
        if done.returncode == 0 and re.search(r"^\S+\.vhd$", done.stdout, re.M):
            passed += 1
        else:
            failed += 1
            print(f"FAILED {language} example:\n{text}\n{done.stdout}\n{done.stderr}")
    print(f"examples: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
