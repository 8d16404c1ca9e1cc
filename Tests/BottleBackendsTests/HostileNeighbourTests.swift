// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import BottleSystem
import Testing

/// What a process that stays in a guest may learn of the harness's own commands there.
@Suite(.serialized, .timeLimit(.minutes(2))) struct HostileNeighbourTests {
    /// A nonce in the wrong hands is a forged answer.
    @Test(arguments: [nil, "root"] as [String?])
    func nobodyLooksIntoTheProbe(_ user: String?) async throws {
        try await DriverFixture.run { fixture in
            if user != nil, fixture.world.host.identity.mapping == .single { return }
            let id = try await fixture.driver.launch(fixture.request("dev"))
            let script = #"""
                \#(Contract.probePath) pause <&0 >/tmp/out & p=$!
                until [ "$(cat /proc/$p/comm)" = probe ]; do :; done
                for f in environ maps; do cat /proc/$p/$f > /tmp/leak 2>&1 && echo leaked $f; done
                for f in cwd root exe fd/0 fd/1; do readlink /proc/$p/$f && echo leaked $f; done
                (: <> /proc/$p/mem) 2> /dev/null && echo leaked mem
                (: >> /proc/$p/fd/1) 2> /dev/null && echo forged
                cat \#(Contract.probePath) > /dev/null 2>&1 && echo leaked program
                kill -9 $p
                grep -c ' \#(Contract.probePath) ' /proc/self/mountinfo
                \#(Contract.probePath) version
                """#
            #expect(try await fixture.shell(script, in: id, user: user) == "0\nbottle-probe protocol 1\n")
            try await fixture.driver.destroy(id)
        }
    }

    /// The mode goes to the file that was written, not to what a guest has put in its place meanwhile.
    @Test func aModeIsNotGivenToAnothersFile() async throws {
        try await DriverFixture.run { fixture in
            guard fixture.world.host.identity.mapping == .range else { return }
            let id = try await fixture.driver.launch(fixture.request("dev"))
            _ = try await fixture.shell("echo secret > /root/secret; chmod 600 /root/secret", in: id, user: "root")
            let swap = ExecRequest(
                [
                    "/bin/bash", "-c",
                    "while [ ! -e ~/stop ]; do rm -f /tmp/d/f; ln -s /root/secret /tmp/d/f; done; exit 0",
                ],
                deadlineMilliseconds: 60_000)
            _ = try await fixture.shell("mkdir -m 777 /tmp/d", in: id)
            async let swapping = fixture.driver.exec(swap, in: id)
            for _ in 0..<20 {
                // It may fail: the guest took the name first.
                try? await fixture.driver.copyIn(
                    CopyRequest(path: "/tmp/d/f", bytes: Array("x".utf8), mode: 0o666, owner: "root"), in: id)
            }
            let mode = try await fixture.shell("stat -c %a /root/secret", in: id, user: "root")
            #expect(mode == "600\n")
            _ = try await fixture.shell("touch ~/stop", in: id)
            #expect(try await swapping.ending == .exited(0))
            try await fixture.driver.destroy(id)
        }
    }
}
