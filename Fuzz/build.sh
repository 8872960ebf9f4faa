# Sourced by the fuzzers: builds modules of this project with libFuzzer's instruments and AddressSanitizer.

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/seeds"

# module NAME SOURCE...: compiles a module; those that it imports come first.
module() {
    name=$1
    shift
    swiftc -c -O -whole-module-optimization -parse-as-library -swift-version 6 -enable-experimental-feature Lifetimes \
        -enable-testing -package-name mailpipe -sanitize=fuzzer,address -I "$work" ${modules:-} \
        -Xfrontend -entry-point-function-name -Xfrontend "${name}_main" \
        -module-name "$name" -emit-module -emit-module-path "$work/$name.swiftmodule" -o "$work/$name.o" "$@"
}

# fuzz SECONDS LENGTH [OBJECT...]: links what was compiled, and runs it on inputs of at most LENGTH bytes.
fuzz() {
    seconds=$1 length=$2
    shift 2
    # By lld as all else is: gold has failed here with "Cannot export local symbol".
    swiftc -sanitize=fuzzer,address -use-ld=lld -o "$work/fuzz" "$work"/*.o "$@"
    cd "$work"
    ./fuzz -max_total_time="$seconds" -max_len="$length" -timeout=10 -rss_limit_mb=4096 -print_final_stats=1 \
        ${FUZZ_OPTIONS:-} seeds
}
