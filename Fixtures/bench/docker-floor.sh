#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The bottle-conformance authors
# SPDX-License-Identifier: Apache-2.0
#
# What a docker bottle costs at least: the fewest engine calls that bring one up (network, bundle, anchor with the policy,
# provisioned guest), run one batch of five probes in the guest and one look into the bundle, and take all of it down.
# The driver's own figures are compared with this one. Needs DOCKER_HOST, the images of an earlier run of the suite, and
# the directory of the static helpers.
#
# usage: docker-floor.sh HELPERS [BOTTLES]     prints `floor BOTTLES bottles CALLS calls MILLISECONDS ms`
set -euo pipefail

helpers=${1:?usage: docker-floor.sh HELPERS [BOTTLES]}
bottles=${2:-1}
engine=${BOTTLE_ENGINE:-docker}
tools=claude-bottle-tools:latest
image=claude-bottle:latest
work=$(mktemp -d)
: >"$work/calls"
trap 'rm -rf "$work"' EXIT

call() {
    echo >>"$work/calls"
    "$engine" "$@"
}

# Everything that is no engine call is prepared before the clock starts.
mkdir -p "$work/guest/bottle" "$work/guest/home/node" "$work/bundle/etc/bottle"
cp "$helpers/bottle-launcher" "$work/guest/bottle/launcher"
cp "$helpers/bottle-probe" "$work/guest/bottle/probe"
chmod 111 "$work/guest/bottle/launcher" "$work/guest/bottle/probe"
printf 'A floor.\n' >"$work/guest/home/node/.claude-bottle-prompt.txt"
chmod 600 "$work/guest/home/node/.claude-bottle-prompt.txt"
printf '%s\n' '{"version":1,"mode":"strict","enforce":true,"api_allowlist":["floor.bottle.test"],' \
    '"fetch_proxy":{"listen":"0.0.0.0:8888"},"forward_proxy":{"enabled":true}}' >"$work/bundle/etc/bottle/pipelock.yaml"
printf '%s\n' '[]' >"$work/bundle/etc/bottle/routes.yaml"
tar -C "$work/bundle" --owner 1000 --group 1000 -cf "$work/bundle.tar" etc/bottle/pipelock.yaml etc/bottle/routes.yaml
tar -C "$work/guest" --owner 0 --group 0 -cf "$work/guest.tar" bottle
tar -C "$work/guest" --owner 1000 --group 1000 -rf "$work/guest.tar" home/node/.claude-bottle-prompt.txt
hardening=(--cap-drop ALL --security-opt no-new-privileges --log-driver none --restart no)

bottle() {
    local name=claude-bottle-floor$1 subnet=10.77.$((240 + $1))
    {
        call create -i --name "${name}_bundle" --network bridge "${hardening[@]}" --user 1000:1000 \
            --sysctl net.ipv4.ip_forward=0 --entrypoint /bottle/bundle "$tools" init >/dev/null
        call cp - "${name}_bundle:/" <"$work/bundle.tar"
    } &
    local bundle=$!
    call network create --internal --subnet "$subnet.0/24" --gateway "$subnet.1" "$name" >/dev/null
    call run -d --name "${name}_net" --network "$name" --ip "$subnet.3" "${hardening[@]}" --cap-add NET_ADMIN \
        --sysctl net.ipv6.conf.all.disable_ipv6=1 --entrypoint /bottle/launcher "$tools" guard "$subnet.2" 8888 \
        >/dev/null &
    local anchor=$!
    wait "$bundle"
    {
        call network connect --ip "$subnet.2" "$name" "${name}_bundle"
        printf '{"daemons":["egress","pipelock"],"bundle_address":"%s.2","pipelock_config":"%s","routes_config":"%s"}\n' \
            "$subnet" /etc/bottle/pipelock.yaml /etc/bottle/routes.yaml |
            call start -ai "${name}_bundle" >"$work/$name.log" 2>&1 &
    }
    wait "$anchor"
    call create --name "$name" --network "container:${name}_net" "${hardening[@]}" --user 1000:1000 \
        --tmpfs /tmp:size=64m --entrypoint /bottle/launcher "$image" inmate "$subnet.2" >/dev/null
    call cp - "$name:/" <"$work/guest.tar"
    call start "$name" >/dev/null
    until grep -q '"ready"' "$work/$name.log"; do
        if grep -qE '"error"|Error|^bottle-bundle:' "$work/$name.log"; then
            cat "$work/$name.log" >&2
            return 1
        fi
        sleep 0.005
    done
    {
        printf 'exchange a 00 tcp %s.2 8888 2000 %s/close\n' "$subnet" 474554202f6865616c746820485454502f312e300d0a0d0a
        printf 'exchange b 00 tcp %s.2 9099 2000 -/close\n' "$subnet"
        printf 'exchange c 00 tcp 127.0.0.1 80 2000 -/close\n'
        printf 'exchange d 00 tcp 203.0.113.10 80 2000 -/close\n'
        printf 'exchange e 00 tcp %s.1 80 2000 -/close\n' "$subnet"
    } | call exec -i "$name" /bottle/probe >"$work/$name.probes"
    call exec "${name}_bundle" /bottle/launcher look sockets >/dev/null
    call rm -fv "$name" "${name}_net" "${name}_bundle" >/dev/null
    call network rm "$name" >/dev/null
    [ "$(wc -l <"$work/$name.probes")" -eq 5 ]
}

began=$(date +%s%N)
pids=()
for ((number = 1; number <= bottles; number++)); do
    bottle "$number" &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid"; done
printf 'floor %s bottles %s calls %s ms\n' "$bottles" "$(wc -l <"$work/calls")" $((($(date +%s%N) - began) / 1000000))
