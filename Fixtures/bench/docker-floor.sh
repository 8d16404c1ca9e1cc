#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The bottle-conformance authors
# SPDX-License-Identifier: Apache-2.0
#
# What the five seed checks of bottles on a container engine cost at least: the fewest calls of the engine's program that
# launch what the checks need, look at it, and take it down. `bottle-conformance bench suite` runs it in turns with the
# suite; by hand it needs DOCKER_HOST, and the images that an earlier run of the suite built.
#
# usage: docker-floor.sh HELPERS [ROLE=SLUG=PREFIX]...     prints `floor BOTTLES bottles CALLS calls MILLISECONDS ms`
#   HELPERS  the directory of bottle-launcher and bottle-probe
#   ROLE     bottle, variant or twin: which bottle to make under the name SLUG in the network PREFIX.0/24
#
# BOTTLE_ENGINE        the engine's program, default docker
# BOTTLE_TOOLS_IMAGE   the image of the static executables; BOTTLE_GUEST_IMAGE the agent's
# BOTTLE_FLOOR_OWNER   the owner in the labels, by which `gc` sweeps what a killed run left
#
# Three bottles come up at once, since the proof of the five checks takes three: the bottle itself; its open twin, in
# which the same attempts get through, without which NET-01 and EGRESS-01 prove nothing; and a variant with another
# prompt, without which PROV-01 does not show whose prompt it is. Of each:
#
#   network create                 the private network, internal
#   create, network connect,       the bundle: it needs two networks, and `create` takes one; attached, for its standard
#   start                          input carries its configuration and what must stand in no file
#   run                            the holder of the guest's network, which says when the policy is in force; the twin
#                                  has no policy and no holder
#   create, cp, start              the guest: prompt and probe are there before it starts, and it starts when the policy
#                                  is in force and not before
#   exec                           one batch of the probe: every attempt of every check in the guest
#   rm, network rm                 everything is gone
#
# And of the bottle itself:
#
#   exec x2 in the bundle          egress answers before and after the guest's attempts (EGRESS-01); the first tells the
#                                  listening sockets, the last asks pipelock as well (PROXY-01)
#   exec                           the same attempts as root of the guest (NET-01, EGRESS-01)
#   exec                           a command that fails: its exit code, its standard error (DRIVER-01)
#
# Whatever does not depend on each other goes on at once, and nothing sleeps. Building images, opening canaries and
# packing archives are no part of it; the suite's own time is taken without the first and with the others.
set -euo pipefail

helpers=${1:?usage: docker-floor.sh HELPERS [ROLE=SLUG=PREFIX]...}
bottles=("${@:2}")
[ "${#bottles[@]}" -gt 0 ] ||
    bottles=(bottle=floor-bottle=10.77.241 variant=floor-variant=10.77.242 twin=floor-twin=10.77.243)
engine=${BOTTLE_ENGINE:-docker}
tools=${BOTTLE_TOOLS_IMAGE:-claude-bottle-tools:latest}
image=${BOTTLE_GUEST_IMAGE:-claude-bottle:latest}
owner=${BOTTLE_FLOOR_OWNER:-floor-$$}
hardening=(--cap-drop ALL --security-opt no-new-privileges --log-driver none --restart no)
work=$(mktemp -d)
: >"$work/calls"

# On every way out: what did not come down by itself is found by its labels, for a name proves nothing.
sweep() {
    local found
    found=$("$engine" "$1" ls "${@:3:1}" -q --filter "label=org.bottle-conformance.owner=$owner" \
        --filter "label=org.bottle-conformance.slug=$2") || return 0
    # shellcheck disable=SC2086
    [ -z "$found" ] || "$engine" "$1" rm "${@:4}" $found >/dev/null || true
}
finish() {
    local status=$? entry slug running
    trap - EXIT INT TERM HUP
    if [ "$status" -ne 0 ]; then
        running=$(jobs -p)
        # shellcheck disable=SC2086
        [ -z "$running" ] || kill $running 2>/dev/null || true
        wait || true
        for entry in "${bottles[@]}"; do
            slug=${entry#*=}
            sweep container "${slug%%=*}" -a -fv
            sweep network "${slug%%=*}"
        done
    fi
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Every call of the engine's program is counted, and none is made another way before the clock has stopped.
call() {
    echo >>"$work/calls"
    "$engine" "$@"
}

die() {
    printf 'docker-floor.sh: %s\n' "$*" >&2
    exit 1
}

# Everything that is no engine call is prepared before the clock starts.
mkdir -p "$work/guest/bottle" "$work/guest/home/node"
cp "$helpers/bottle-launcher" "$work/guest/bottle/launcher"
cp "$helpers/bottle-probe" "$work/guest/bottle/probe"
chmod 111 "$work/guest/bottle/launcher" "$work/guest/bottle/probe"
printf 'A floor.\n' >"$work/guest/home/node/.claude-bottle-prompt.txt"
chmod 600 "$work/guest/home/node/.claude-bottle-prompt.txt"
# A document in a document: its quotes are escaped.
pipelock='{\"version\":1,\"mode\":\"strict\",\"enforce\":true,\"api_allowlist\":[\"floor.bottle.test\"],'
pipelock+='\"fetch_proxy\":{\"listen\":\"0.0.0.0:8888\"},\"forward_proxy\":{\"enabled\":true}}'
tar -C "$work/guest" --owner 0 --group 0 -cf "$work/guest.tar" bottle
tar -C "$work/guest" --owner 1000 --group 1000 -rf "$work/guest.tar" home/node/.claude-bottle-prompt.txt

nonce=00112233445566778899aabbccddeeff
hex_path=2f686f6d652f6e6f64652f2e636c617564652d626f74746c652d70726f6d70742e747874 # /home/node/.claude-bottle-prompt.txt
hex_health=474554202f6865616c746820485454502f312e300d0a0d0a                       # GET /health HTTP/1.0
hex_root=474554202f20485454502f312e300d0a0d0a                                     # GET / HTTP/1.0

# Waits for a line that matches a pattern among those that come from a descriptor; any line of a failure ends the script.
await() {
    local line
    while IFS= read -r line <&"$1"; do
        # shellcheck disable=SC2254
        case $line in
            $2) return 0 ;;
            failed* | *'"error"'* | Error* | bottle-bundle:* | docker:*) die "$line" ;;
        esac
    done
    die "there was no line like $2"
}

make_bundle() {
    call create -i --name "${name}_bundle" --network bridge "${labels[@]}" "${hardening[@]}" --user 1000:1000 \
        --sysctl net.ipv4.ip_forward=0 --entrypoint /bottle/bundle "$tools" init >/dev/null
}

make_guest() {
    call create --name "$name" "$@" "${labels[@]}" "${hardening[@]}" --user 1000:1000 --tmpfs /tmp:size=64m \
        --entrypoint /bottle/launcher "$image" inmate "$argument" >/dev/null
    call cp - "$name:/" <"$work/guest.tar"
}

# What the seed checks try in the guest, one line each.
guest_batch() {
    printf 'identity a %s\nfile b %s %s\nsockets c %s\n' "$nonce" "$nonce" "$hex_path" "$nonce"
    printf 'exchange d %s tcp %s.2 8888 2000 %s/close\n' "$nonce" "$prefix" "$hex_health"
    printf 'exchange e %s tcp %s.2 9099 2000 %s/close\n' "$nonce" "$prefix" "$hex_root"
    printf 'exchange f %s tcp 127.0.0.1 4 2000 %s/close\n' "$nonce" "$hex_root"
}

# Runs a batch in a container, with the options that follow; it must have as many answers as it has lines.
probe() {
    local answers
    answers=$(call exec -i "${@:3}" "$1" /bottle/probe batch <<<"$2" | grep -c "$nonce") || true
    [ "$answers" -eq "$(wc -l <<<"$2")" ] || die "the probe in $1 gave $answers answers"
}

bundle_batch() {
    printf 'sockets a %s\nidentity b %s\n' "$nonce" "$nonce"
    printf 'exchange c %s tcp 127.0.0.1 9099 2000 %s/close\n' "$nonce" "$hex_root"
    printf 'exchange d %s tcp 127.0.0.1 8888 2000 %s/close\n' "$nonce" "$hex_health"
}

bottle() {
    local role=$1 slug=$2 prefix=$3 name=claude-bottle-$2 argument=$3.2 labels bundle guest holder log pids pid status
    labels=(--label "org.bottle-conformance.owner=$owner" --label "org.bottle-conformance.slug=$slug")
    make_bundle &
    bundle=$!
    if [ "$role" = twin ]; then
        argument=open
        make_guest --network host &
    else
        make_guest --network "container:${name}_net" &
    fi
    guest=$!
    call network create --internal --subnet "$prefix.0/24" --gateway "$prefix.1" "${labels[@]}" "$name" >/dev/null
    if [ "$role" != twin ]; then
        exec {holder}< <(call run --name "${name}_net" --network "$name" --ip "$prefix.3" "${labels[@]}" \
            "${hardening[@]}" --cap-add NET_ADMIN --sysctl net.ipv6.conf.all.disable_ipv6=1 \
            --entrypoint /bottle/launcher "$tools" guard "$prefix.2" 8888 2>&1)
    fi
    wait "$bundle"
    call network connect --ip "$prefix.2" "$name" "${name}_bundle"
    exec {log}< <(printf '{"daemons":["egress","pipelock"],"bundle_address":"%s.2",%s,"pipelock_text":"%s",%s}\n' \
        "$prefix" '"pipelock_config":"/etc/bottle/pipelock.yaml"' "$pipelock" \
        '"routes_config":"/etc/bottle/routes.yaml","routes_text":"[]"' | call start -ai "${name}_bundle" 2>&1)
    [ "$role" = twin ] || await "$holder" ready
    wait "$guest"
    call start "$name" >/dev/null
    await "$log" '*"ready"*'
    [ "$role" != bottle ] || probe "${name}_bundle" "$(bundle_batch)"
    pids=()
    probe "$name" "$(guest_batch)" &
    pids+=($!)
    if [ "$role" = bottle ]; then
        probe "$name" "$(guest_batch)" --user 0:0 &
        pids+=($!)
        status=0
        call exec "$name" /bottle/probe fail 7 2>/dev/null || status=$?
        [ "$status" -eq 7 ] || die "a command that exits with 7 came back with $status"
    fi
    for pid in "${pids[@]}"; do wait "$pid"; done
    [ "$role" != bottle ] || probe "${name}_bundle" "$(bundle_batch)"
    if [ "$role" = twin ]; then
        call rm -fv "$name" "${name}_bundle" >/dev/null
    else
        call rm -fv "$name" "${name}_net" "${name}_bundle" >/dev/null
    fi
    call network rm "$name" >/dev/null
}

began=$(date +%s%N)
pids=()
for entry in "${bottles[@]}"; do
    IFS='=' read -r role slug prefix <<<"$entry"
    bottle "$role" "$slug" "$prefix" &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid"; done
printf 'floor %s bottles %s calls %s ms\n' "${#bottles[@]}" "$(wc -l <"$work/calls")" \
    $((($(date +%s%N) - began) / 1000000))
