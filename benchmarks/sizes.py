"""Print how large each function and layer of a build is, as it lies on Lambda and as it is uploaded.

python -m benchmarks.sizes .aws-sam/build
"""

import io
import sys
import zipfile
from pathlib import Path


def sizes(folder: Path) -> tuple[int, int]:
    """Add up a folder's files: bytes, and bytes when zipped as `sam deploy` does."""
    packed = io.BytesIO()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.writestr(str(path.relative_to(folder)), path.read_bytes())
    return sum(path.stat().st_size for path in files), len(packed.getvalue())


def main(build: Path) -> int:
    folders = sorted(path for path in build.iterdir() if path.is_dir()) if build.is_dir() else []
    if not folders:
        print(f"there is no build in {build}: run `sam build` first", file=sys.stderr)
        return 1
    print("| in the build | MB | MB zipped |\n|---|---|---|")
    for folder in folders:
        whole, zipped = sizes(folder)
        print(f"| {folder.name} | {whole / 1e6:.2f} | {zipped / 1e6:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
