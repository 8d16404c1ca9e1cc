#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The bottle-conformance authors
# SPDX-License-Identifier: Apache-2.0
#
# What a bottle with a microVM costs at least: the fewest calls of smolvm's program, and of the engine's for its bundle, that
# bring one up, run its first command and take it down. `bottle-conformance bench suite --backend smolmachines` runs it in
# turns with the backend.
#
# usage: smolvm-floor.sh bottle HELPERS SLUG PREFIX   the whole bottle
#        smolvm-floor.sh machine SLUG PREFIX          `machine create` and `machine start` of it, and nothing beside
#        smolvm-floor.sh conversion IMAGE             `docker save` and `pack create` of an image of the engine
# prints `floor CALLS calls MILLISECONDS ms`
#   HELPERS  the directory of bottle-launcher and bottle-probe
#   SLUG     of the bottle; it gets the network PREFIX.0/24
#
# BOTTLE_SMOLVM        smolvm's program, default smolvm
# BOTTLE_SMOLVM_STATE  the state directory that it is to use; BOTTLE_SMOLVM_ARTEFACT the guest's image as smolvm takes it
# BOTTLE_ENGINE        the engine's program, default docker
# BOTTLE_TOOLS_IMAGE   the image of the static executables
# BOTTLE_FLOOR_OWNER   the owner in the labels, by which `gc` sweeps what a killed run left
#
# Exit codes: 0 measured; 75 the machine ended by itself while it booted, as one in some tens does on an emulated processor,
# so that there is nothing to tell; any other: it failed.
#
# Of a bottle:
#
#   machine create                 with the flags that the backend gives; beside
#   network create                 the private network, internal, which is there before the machine runs
#   create, network connect,       the bundle, beside the machine: it needs two networks, and `create` takes one; attached,
#   start                          for its standard input carries its configuration
#   machine start                  returns when the guest's agent answers
#   machine exec                   what the guest is given, in one archive by one call, owned by the agent
#   machine exec                   the first command, as the agent, once the bundle's daemons answer
#   machine delete, rm, network rm everything is gone
#
# Whatever does not depend on each other goes on at once, and nothing sleeps. Building images and packing archives are no part
# of it.
set -euo pipefail
# With a stricter one smolvm starts no machine: its monitors run as users of their own.
umask 022

usage='usage: smolvm-floor.sh bottle HELPERS SLUG PREFIX | machine SLUG PREFIX | conversion IMAGE'
what=${1:?$usage}
smolvm=(env SMOLVM_SECCOMP=enforce SMOLVM_LANDLOCK=enforce "${BOTTLE_SMOLVM:-smolvm}"
    --state-dir "${BOTTLE_SMOLVM_STATE:?is the directory that smolvm is to use}")
engine=${BOTTLE_ENGINE:-docker}
tools=${BOTTLE_TOOLS_IMAGE:-claude-bottle-tools:latest}
owner=${BOTTLE_FLOOR_OWNER:-floor-$$}
hardening=(--cap-drop ALL --security-opt no-new-privileges --log-driver none --restart no)
work=$(mktemp -d)
: >"$work/calls"
slug='' prefix='' name='' labels=()

# On every way out: what did not come down by itself is found by its labels, for a name proves nothing.
sweep() {
    local found
    found=$("$engine" "$1" ls "${@:2:1}" -q --filter "label=org.bottle-conformance.owner=$owner" \
        --filter "label=org.bottle-conformance.slug=$slug") || return 0
    # shellcheck disable=SC2086
    [ -z "$found" ] || "$engine" "$1" rm "${@:3}" $found >/dev/null || true
}
finish() {
    local status=$? running
    trap - EXIT INT TERM HUP
    if [ "$status" -ne 0 ]; then
        running=$(jobs -p)
        # shellcheck disable=SC2086
        [ -z "$running" ] || kill $running 2>/dev/null || true
        wait || true
        if [ -n "$slug" ]; then
            # The state directory is the caller's: a machine of this name in it is this script's.
            "${smolvm[@]}" machine delete --name "$name" -f >/dev/null 2>&1 || true
            if [ "$what" = bottle ]; then
                sweep container -a -fv
                sweep network
            fi
        fi
    fi
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

die() {
    printf 'smolvm-floor.sh: %s\n' "$*" >&2
    exit 1
}

# Every call of either program is counted, and none is made another way before the clock has stopped.
call() {
    echo >>"$work/calls"
    "$engine" "$@"
}

# A call that boots a machine, or needs one that does: its first argument says what for.
boot() {
    local said
    echo >>"$work/calls"
    if ! "${smolvm[@]}" "${@:2}" 2>"$work/said" >"$work/answer"; then
        said=$(<"$work/said")
        case $said in
            *'before the agent was ready'* | *'connection closed'* | *'monitor agent: '*) exit 75 ;;
        esac
        die "smolvm could not $1: ${said##*$'\n'}"
    fi
}

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

identify() {
    slug=${1:?$usage} prefix=${2:?$usage} name=claude-bottle-$1
    labels=(--label "org.bottle-conformance.owner=$owner" --label "org.bottle-conformance.slug=$slug")
    proxy=http://$prefix.2:8888
    bundle_file=/etc/ssl/certs/ca-certificates.crt
    environment=(-e CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 -e DISABLE_ERROR_REPORTING=1
        -e "HTTPS_PROXY=$proxy" -e "HTTP_PROXY=$proxy" -e "https_proxy=$proxy" -e "http_proxy=$proxy"
        -e "NO_PROXY=localhost,127.0.0.1" -e "no_proxy=localhost,127.0.0.1" -e "NODE_EXTRA_CA_CERTS=$bundle_file"
        -e "SSL_CERT_FILE=$bundle_file" -e "REQUESTS_CA_BUNDLE=$bundle_file")
    # Half of the processors, four at most.
    cpus=$(($(nproc) / 2))
    [ "$cpus" -ge 1 ] || cpus=1
    [ "$cpus" -le 4 ] || cpus=4
}

make_machine() {
    boot 'make the machine' machine create --name "$name" \
        --from "${BOTTLE_SMOLVM_ARTEFACT:?is the image of the guest as smolvm takes it}" --label "bottle=$name" \
        --cpus "$cpus" --mem 4096 --allow-cidr "$prefix.2/32" --dns "$prefix.2" --allow-host-pattern none.invalid \
        "${environment[@]}" -- sleep infinity
}

start_machine() { boot 'start the machine' machine start --name "$name"; }

# The bundle of the bottle in its network, and its daemons.
bring_bundle() {
    local log pipelock
    call create -i --name "${name}_bundle" --hostname bundle --network bridge "${labels[@]}" "${hardening[@]}" \
        --user 1000:1000 --pids-limit 256 --memory 512m --sysctl net.ipv4.ip_forward=0 \
        --tmpfs /tmp:rw,nosuid,nodev,size=16m,mode=1777 --entrypoint /bottle/bundle "$tools" init >/dev/null
    call network connect --ip "$prefix.2" "$name" "${name}_bundle"
    # A document in a document: its quotes are escaped.
    pipelock='{\"version\":1,\"mode\":\"strict\",\"enforce\":true,\"api_allowlist\":[\"floor.bottle.test\"],'
    pipelock+='\"fetch_proxy\":{\"listen\":\"0.0.0.0:8888\"},\"forward_proxy\":{\"enabled\":true}}'
    exec {log}< <(printf '{"daemons":["egress","pipelock"],"bundle_address":"%s.2",%s,"pipelock_text":"%s",%s}\n' \
        "$prefix" '"pipelock_config":"/etc/bottle/pipelock.yaml"' "$pipelock" \
        '"routes_config":"/etc/bottle/routes.yaml","routes_text":"[]"' | call start -ai "${name}_bundle" 2>&1)
    await "$log" '*"ready"*'
}

remove_bundle() {
    call rm -fv "${name}_bundle" >/dev/null
    call network rm "$name" >/dev/null
}

bottle() {
    local machine bundled removed chown='chown -R 1000:1000 /home/node'
    make_machine &
    machine=$!
    # Before the machine: a monitor dials from the host's network, where this address would lead elsewhere without.
    call network create --driver bridge --internal --subnet "$prefix.0/24" --gateway "$prefix.1" "${labels[@]}" \
        "$name" >/dev/null
    bring_bundle &
    bundled=$!
    wait "$machine"
    start_machine
    boot 'provision the guest' machine exec --name "$name" --timeout 60s -u 0:0 -w / -i -- /bin/sh -c \
        "$chown && tar -x -p -f - -C / && exec $chown" <"$work/guest.tar"
    wait "$bundled"
    boot 'run the first command' machine exec --name "$name" --timeout 30s -u 1000:1000 -w /home/node \
        "${environment[@]}" -- id -u
    [ "$(<"$work/answer")" = 1000 ] || die "the first command said $(<"$work/answer")"
    remove_bundle &
    removed=$!
    boot 'delete the machine' machine delete --name "$name" -f
    wait "$removed"
}

case $what in
    bottle)
        helpers=${2:?$usage}
        for helper in bottle-launcher bottle-probe; do
            [ -r "$helpers/$helper" ] || die "there is no $helpers/$helper"
        done
        identify "${3:-}" "${4:-}"
        # Everything that is no call is prepared before the clock starts.
        mkdir -p "$work/guest/bottle" "$work/guest/home/node"
        cp "$helpers/bottle-launcher" "$work/guest/bottle/launcher"
        cp "$helpers/bottle-probe" "$work/guest/bottle/probe"
        chmod 111 "$work/guest/bottle/launcher" "$work/guest/bottle/probe"
        printf 'A floor.\n' >"$work/guest/home/node/.claude-bottle-prompt.txt"
        chmod 600 "$work/guest/home/node/.claude-bottle-prompt.txt"
        tar -C "$work/guest" --owner 0 --group 0 -cf "$work/guest.tar" bottle
        tar -C "$work/guest" --owner 1000 --group 1000 -rf "$work/guest.tar" home/node/.claude-bottle-prompt.txt
        began=$(date +%s%N)
        bottle
        ;;
    machine)
        identify "${2:-}" "${3:-}"
        began=$(date +%s%N)
        make_machine
        start_machine
        ;;
    conversion)
        image=${2:?$usage}
        began=$(date +%s%N)
        call save --output "$work/image.tar" "$image"
        # smolvm hands it to a monitor that runs as a user of its own.
        chmod 644 "$work/image.tar"
        boot 'convert the image' pack create --image "$work/image.tar" -o "$work/pack"
        ;;
    *)
        printf '%s\n' "$usage" >&2
        exit 64
        ;;
esac
took=$((($(date +%s%N) - began) / 1000000))
calls=$(wc -l <"$work/calls")
case $what in
    machine) "${smolvm[@]}" machine delete --name "$name" -f >/dev/null 2>&1 || die 'the machine cannot be deleted' ;;
    conversion) [ -s "$work/pack.smolmachine" ] || die 'pack create made nothing' ;;
esac
printf 'floor %s calls %s ms\n' "$calls" "$took"
