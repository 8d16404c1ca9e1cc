// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BottleBackends

struct DirectCallTests {
    private func call(_ arguments: String, stdin: [UInt8] = [], variables: [String: String] = [:]) -> DirectCall? {
        DirectCall(arguments.split(separator: " ").map(String.init), stdin: stdin, variables: variables)
    }

    @Test func `calls that need no program are understood`() {
        #expect(call("start a") == .start("a"))
        #expect(call("rm --force --volumes a b_c") == .removeContainers(["a", "b_c"], volumes: true))
        #expect(call("rm --force a") == .removeContainers(["a"], volumes: false))
        #expect(call("network rm a b") == .removeNetworks(["a", "b"]))
        #expect(call("network connect n c") == .connect(network: "n", address: nil, container: "c"))
        #expect(
            call("network connect --ip 10.0.0.2 n c") == .connect(network: "n", address: "10.0.0.2", container: "c"))
        #expect(call("cp - a:/", stdin: [1]) == .extract(container: "a"))
        #expect(call("cp a:/etc/b -") == .archive(container: "a", path: "/etc/b"))
        #expect(call("rmi --force a:b sha256:0a") == .removeImages(["a:b", "sha256:0a"]))
        #expect(call("volume create --label a=b v") == .createVolume(.init(name: "v", labels: ["a": "b"])))
        #expect(call("volume rm v w") == .removeVolumes(["v", "w"]))
        #expect(
            call("tag sha256:0a x/y:z")
                == DirectCall.Reference("x/y:z").map { .tag(image: "sha256:0a", reference: $0) })
        #expect(
            call("commit --change LABEL c x:z")
                == DirectCall.Reference("x:z").map { .commit(container: "c", reference: $0, change: "LABEL") })
    }

    @Test func `an exec keeps its options and hands the rest to the container`() {
        let exec = DirectCall.Exec(
            container: "c", argv: ["sh", "-c", "--user"], user: "0:0", directory: "/w",
            environment: ["A=1=2", "B=x\ny"],
            isInteractive: true)
        #expect(
            call(
                "exec --interactive --user 0:0 --workdir /w --env A=1=2 --env B c sh -c --user", stdin: [1],
                variables: ["B": "x\ny"]) == .exec(exec))
        #expect(call("exec c true") == .exec(DirectCall.Exec(container: "c", argv: ["true"])))
    }

    /// What does not mean the same in every word is the program's to do.
    @Test(arguments: [
        "", "start", "start --attach a", "start a b", "start -i", "rm a", "rm --force", "rm --force --link a",
        "network rm",
        "network connect n", "network connect --alias x n c", "network connect n c d", "network create --attachable n",
        "cp - a:/etc",
        "cp - :/", "cp x a:/", "cp - a:/ more", "cp a:b -", "cp a:/b", "cp a:/b /c", "cp a:/b - c", "cp ../a:/b -",
        "cp --follow-link a:/b -", "exec c", "exec --tty c true", "exec --env UNSET c true", "exec --user",
        "exec --detach c true", "rm --force a/../b", "start ../a", "rm --force .", "run a", "ps", "ps --all",
        "ps --format {{.ID}}", "ps --no-trunc --format {{.Image}}", "ps --filter name=x --quiet",
        "network ls --quiet", "volume ls", "create x", "create --name a --privileged x",
        "create --name a --env UNSET x",
        "create --name a --security-opt seccomp=/p.json x", "create --name a --restart always x", "create --name a",
        "create --name a --volume v:/v x", "rmi a", "rmi --force", "rmi --force ../a", "tag a", "tag a b",
        "tag a b:c d",
        "tag a b?c:d", "commit c x:z", "commit --change x c z", "volume create --driver d v", "volume create",
        "volume rm",
        "volume prune",
        "create --name a --env-file /etc/x x",
    ])
    func `everything else goes to the program`(_ arguments: String) {
        #expect(call(arguments) == nil)
    }

    @Test func `input that does not fit into a socket, or does not fit the options, goes to the program`() {
        #expect(call("exec --interactive c cat", stdin: Array(repeating: 0, count: 96 << 10)) != nil)
        #expect(call("exec --interactive c cat", stdin: Array(repeating: 0, count: 96 << 10 + 1)) == nil)
        #expect(call("exec c cat", stdin: [1]) == nil)
        #expect(call("exec --interactive c cat") == nil)
    }
}
