# The names of the files of a release, as Terraform's registry requires them. Sourced by the scripts next to it.
#
#   PRODUCT_VERSION_OS_ARCH.zip        the executable and the license
#   PRODUCT_VERSION_OS_ARCH.cdx.json   the packages that it was built from (CycloneDX)
#   PRODUCT_VERSION_manifest.json      protocol versions; of the provider only
#   PRODUCT_VERSION_SHA256SUMS         one line for each of the above
#   PRODUCT_VERSION_SHA256SUMS.sig     detached binary signature of the sums
#
# Each product has its own checksums: the registry reads only those of the provider.

readonly PROVIDER=terraform-provider-alicloud
# One product for each binary of the crate, in the order of Cargo.toml. The names have no spaces.
# shellcheck disable=SC2034,SC2207 # read by the scripts that source this file; macOS's bash 3.2 has no mapfile
readonly PRODUCTS=($(awk -F'"' '/^\[/ { binary = $0 == "[[bin]]" } binary && /^name = / { print $2 }' \
  "$(dirname "${BASH_SOURCE[0]}")/../Cargo.toml"))

# platform_of TARGET: the registry's OS_ARCH for one of Rust's targets.
platform_of() {
  local os arch
  case $1 in
    *-linux-*) os=linux ;;
    *-apple-darwin) os=darwin ;;
    *-windows-*) os=windows ;;
    *) echo "no name for the system of $1" >&2; return 1 ;;
  esac
  case $1 in
    x86_64-*) arch=amd64 ;;
    aarch64-*) arch=arm64 ;;
    *) echo "no name for the processor of $1" >&2; return 1 ;;
  esac
  echo "${os}_$arch"
}

# executable_of PRODUCT VERSION PLATFORM: the executable's name inside the archive.
executable_of() {
  local suffix=
  [[ $3 == windows_* ]] && suffix=.exe
  if [[ $1 == "$PROVIDER" ]]; then echo "$1_v$2$suffix"; else echo "$1$suffix"; fi
}

# sha256 FILE...: prints lines like `sha256sum`, also on systems without it.
sha256() {
  if command -v sha256sum >/dev/null; then sha256sum -- "$@"; else shasum -a 256 -- "$@"; fi
}
